import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TESTS = join(import.meta.dirname, '../..');
/** The walks that every change of the write protocol is taken through, from the first issue to a restore. */
const FLOWS = 'abcdefghijklmnopqr'.split('');

test('every flow of the write protocol is a test on a real API server, whose name says its letter', () => {
  const named = ['integration', 'fault'].flatMap((folder) =>
    readdirSync(join(TESTS, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) => namedFlows(readFileSync(join(TESTS, folder, file), 'utf8'))),
  );
  expect([...new Set(named)].toSorted()).toEqual(FLOWS);
});

/** "(c) …" at the beginning of a name, or "… (flow c)" at its end. */
function namedFlows(source: string): readonly string[] {
  return Array.from(source.matchAll(/^\s*(?:test\(|describe\()?['"](?:\(([a-z])\) .*|.*\(flow ([a-z])\))['"],/gm)).map(
    ([, first, last]) => first ?? last ?? '',
  );
}
