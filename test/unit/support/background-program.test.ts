import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BackgroundProgram } from '../../support/gitops/background-program.ts';
import { eventually } from '../../support/harness/eventually.ts';

const MODULE = join(import.meta.dirname, '../../support/gitops/background-program.ts');
const SLEEPER = { title: 'a sleeper', program: '/bin/sh', args: ['-c', 'echo pid=$$; exec sleep 600'], env: {} };
const PID = /pid=(\d+)/;

async function pidIn(text: () => string): Promise<number> {
  return await eventually(() => Number(PID.exec(text())?.[1] ?? expect.fail('It has not said its pid')));
}

async function gone(pid: number): Promise<void> {
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
}

test('a background program runs until it is disposed of', async () => {
  const sleeper = new BackgroundProgram(SLEEPER);
  const pid = await pidIn(() => sleeper.lastLines());
  expect(() => sleeper.assertRuns()).not.toThrow();
  expect(process.kill(pid, 0)).toBe(true);
  await sleeper[Symbol.asyncDispose]();
  await gone(pid);
});

test('a background program ends with a process that is killed', async () => {
  const code = `
    import { BackgroundProgram } from ${JSON.stringify(MODULE)};
    const sleeper = new BackgroundProgram(${JSON.stringify(SLEEPER)});
    setInterval(() => console.log(sleeper.lastLines()), 20);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  parent.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const pid = await pidIn(() => text);
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await gone(pid);
});

test('a background program that has ended by itself says its last lines', async () => {
  await using failing = new BackgroundProgram({ ...SLEEPER, args: ['-c', 'echo no such flag >&2; exit 2'] });
  await eventually(() => expect(() => failing.assertRuns()).toThrow(/a sleeper has ended.*\n.*no such flag/));
});
