import { describe, expect, test } from 'vitest';
import type { EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import type { EnvironmentEdit, MaterialOrder } from '../../../../src/controllers/planning/record-change.ts';
import { oweSharedKey } from '../../../../src/controllers/planning/rotation-debt.ts';
import { mintFactsOf, productionEntry } from '../../../support/facts.ts';
import { keyedHash } from '../../../support/partner-key.ts';

const entry = productionEntry();
const facts: EnvironmentFacts = { ...mintFactsOf('production'), entry, isSealed: () => true };
const stays: EnvironmentEdit = { entry };
const minted = (material: MaterialOrder): EnvironmentEdit => ({ entry, mint: { cause: 'Triggered', material } });
const crypto = (isShared: boolean): MaterialOrder => ({ kind: 'Crypto', algorithm: 'AES-256', isShared });
const imported = (isShared: boolean): MaterialOrder => ({ kind: 'Import', sourceHash: keyedHash('source'), isShared });

describe('oweSharedKey', () => {
  test.each([
    { name: 'made anew', material: crypto(true) },
    { name: 'imported', material: imported(true) },
  ])('notes a debt of who gets none where a shared key is $name', ({ material }) => {
    const edits = oweSharedKey([
      [facts, minted(material)],
      [facts, stays],
    ]);
    expect(edits).toEqual([minted(material), { entry: { ...entry, rotationOwed: true } }]);
  });

  test.each<{ name: string; changes: Partial<EnvironmentFacts>; material?: MaterialOrder }>([
    { name: 'each environment has a key of its own', changes: {}, material: crypto(false) },
    { name: 'each environment imports its own', changes: {}, material: imported(false) },
    { name: 'what it is behind with is a copy', changes: {}, material: { kind: 'Copy', environment: 'a', version: 1 } },
    { name: 'what it has is in Secrets alone', changes: { isSealed: () => false } },
    {
      name: 'nobody knows what it is to import',
      changes: { imported: { kind: 'Unanswered', namespace: 'payments-config' } },
    },
  ])('leaves it as it is where $name', ({ changes, material = crypto(true) }) => {
    const planned = [minted(material), stays];
    const edits = oweSharedKey(planned.map((edit) => [{ ...facts, ...changes }, edit]));
    expect(edits).toEqual(planned);
    expect(edits[1]?.entry).toBe(entry);
  });

  test('has nobody copy what is given up in the same write', () => {
    const edits = oweSharedKey([
      [facts, minted(crypto(true))],
      [{ ...facts, entry: undefined }, minted({ kind: 'Copy', environment: 'production', version: 1 })],
    ]);
    expect(edits[1]).toEqual({ entry: undefined });
  });
});
