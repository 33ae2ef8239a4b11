import { describe, expect, test } from 'vitest';
import { withBoundedPublicTexts } from '../../../../src/controllers/planning/public-texts.ts';
import type { Ledger, VersionEntry } from '../../../../src/sealing/ledger.ts';
import { ledgerOf, versionEntry } from '../../../support/facts.ts';

const KIB = 1024;

function version(number: number, length: number, state: VersionEntry['state'] = 'Current'): VersionEntry {
  const facts = { algorithm: 'OpenPGP-ECC', form: 'OpenPgpPublic', bits: 256, origin: 'Imported' } as const;
  return versionEntry('staging', number, { state, crypto: { ...facts, publicKey: 'k'.repeat(length) } });
}

function ledger(...environments: readonly (readonly VersionEntry[])[]): Ledger {
  return ledgerOf({
    environments: environments.map((versions, i) => ({ name: `e-${i}`, state: 'Active', versions, places: [] })),
  });
}

/** Lengths in KiB of the texts that are kept, by environment. */
function kept(given: Ledger): readonly (readonly (number | undefined)[])[] {
  return withBoundedPublicTexts(given).environments.map(({ versions }) =>
    versions.map(({ crypto }) => (crypto?.publicKey === undefined ? undefined : crypto.publicKey.length / KIB)),
  );
}

describe('withBoundedPublicTexts', () => {
  test('changes nothing of texts that have room', () => {
    const given = ledger([version(1, 16 * KIB)], [version(1, 800)]);
    expect(withBoundedPublicTexts(given)).toEqual(given);
  });

  test('leaves out a text of more than 16 KiB alone', () => {
    expect(kept(ledger([version(1, 16 * KIB + 1)], [version(1, 16 * KIB)]))).toEqual([[undefined], [16]]);
  });

  test('keeps 128 KiB, of current versions before retiring ones', () => {
    const environments = Array.from({ length: 6 }, () => [version(2, 16 * KIB), version(1, 16 * KIB, 'Retiring')]);
    expect(kept(ledger(...environments))).toEqual([
      [16, 16],
      [16, 16],
      ...Array.from({ length: 4 }, () => [16, undefined]),
    ]);
  });

  test('leaves versions alone that show no key', () => {
    const given = ledgerOf();
    expect(withBoundedPublicTexts(given)).toEqual(given);
  });
});
