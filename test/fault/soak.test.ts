import { beforeAll, expect, test } from 'vitest';
import { DECK } from '../soak/edits/deck.ts';
import { runSoak, type SoakReport } from '../soak/run-soak.ts';

/** Enough for five writers to have made each edit that is not rare. */
const EDITS_MS = 120_000;
const SEED = 20_270_101;

/** That each writer makes more than once while it goes through everything. */
const USUAL_EDITS = DECK.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) !== at);

let report: SoakReport;

beforeAll(async () => {
  report = await runSoak({ editsMs: EDITS_MS, seed: SEED, onProgress: () => {} });
}, 900_000);

test('Invariants hold while five writers edit, the network fails and leaders die; then all comes to rest', () => {
  expect(report.violations, [...report.violations, ...report.evidence].join('\n\n')).toEqual([]);
});

test('The soak did what it is meant to do', () => {
  const { edits, faults, operators, versions, events, keys, tokens } = report;
  expect([...edits.keys()]).toEqual(expect.arrayContaining(USUAL_EDITS));
  for (const [fault, count] of Object.entries(faults)) expect(count, fault).toBeGreaterThan(0);
  expect(operators.killed + operators.paused).toBeGreaterThan(0);
  expect(keys).toBeGreaterThan(0);
  expect(versions).toBeGreaterThan(20);
  expect(tokens).toBeGreaterThan(10);
  expect(events).toBeGreaterThan(200);
});
