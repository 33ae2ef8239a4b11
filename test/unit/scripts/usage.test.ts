import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

function run(script: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(ROOT, script), ...args], { encoding: 'utf8', timeout: 20_000 });
}

describe.each([
  ['check', 'scripts/check.ts'],
  ['image', 'scripts/image/main.ts'],
])('npm run %s', (name, script) => {
  it.each(['--help', '-h'])('prints its usage for %s and does nothing', (flag) => {
    const { status, stdout, stderr } = run(script, flag);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: npm run ${name}\\b`));
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it.each(['--fast', 'everything'])('refuses %s without a stack trace', (argument) => {
    const { status, stdout, stderr } = run(script, argument);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(argument);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

it('npm run check names its steps in one line to whoever asks for another', () => {
  const { stderr } = run('scripts/check.ts', 'lint', 'tpyes');
  expect(stderr).toMatch(/^No such step: tpyes; the steps are format:check, .*lint, types, .*fixtures\n$/);
});
