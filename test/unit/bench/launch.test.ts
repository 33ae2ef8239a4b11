import { expect, test } from 'vitest';
import { launchOfStart, parseLaunch } from '../../../bench/launch.ts';

test('reads the variables and the flags of Node, and nothing of the program', () => {
  expect(parseLaunch('exec env A_B=c/d E=f=g node --one --two=2 src/main.ts controller --three')).toEqual({
    env: { A_B: 'c/d', E: 'f=g' },
    flags: ['--one', '--two=2'],
  });
});

test('the start script limits the heap and keeps compiled code', async () => {
  const { env, flags } = await launchOfStart();
  expect(Object.keys(env)).toEqual(['NODE_COMPILE_CACHE', 'MALLOC_ARENA_MAX']);
  const names = flags.map((flag) => flag.split('=')[0]);
  expect(names).toEqual(['--expose-gc', '--max-semi-space-size', '--max-old-space-size']);
});

test('a start script of another form is an error, not an operator without limits', () => {
  expect(() => parseLaunch('node src/main.ts controller')).toThrow('unknown form');
});
