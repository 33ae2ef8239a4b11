/** What status says of the newest version, in force or not. */
import { describe, expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import {
  apiKeyOf,
  apiKeyStatus,
  hoursFromNow,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
  versionEntry,
} from '../../../../support/facts.ts';

const production = (changes: Parameters<typeof productionEntry>[0]): Partial<DeclaredFacts> => ({
  record: recordOf({ environments: [stagingEntry(), productionEntry(changes)] }),
});

function status(given: Partial<DeclaredFacts> = {}): ApiKeyStatus {
  return apiKeyStatus(settled(given));
}

describe('projectStatus', () => {
  test('dates a rotation by the newest version, and a first issue not at all', () => {
    const createdAt = hoursFromNow(-0.5);
    const reissued = versionEntry('production', 2, { cause: 'MaterialLost', createdAt });
    expect(status(production({ versions: [reissued] })).rotatedAt).toBe(createdAt);
    expect(status()).not.toHaveProperty('rotatedAt');
  });

  test('dates no rotation by an environment that is issued later than the others', () => {
    const later = versionEntry('production', 2, { createdAt: hoursFromNow(-0.5) });
    expect(status(production({ versions: [later] }))).not.toHaveProperty('rotatedAt');
  });

  test('dates a rotation also by a first issue that comes after what was destroyed', () => {
    const createdAt = hoursFromNow(-0.5);
    const versions = [
      versionEntry('production', 2, { createdAt }),
      versionEntry('production', 1, { state: 'Retired' }),
    ];
    expect(status(production({ versions })).rotatedAt).toBe(createdAt);
  });

  test.each([
    { name: 'revoked', state: 'Active', dead: 'Revoked' },
    { name: 'expired, and destroyed', state: 'Withdrawn', dead: 'Retired' },
    { name: 'expired, and still sealed', state: 'Withdrawn', dead: 'Current' },
  ] as const)('keeps the number and the date of the newest version that is $name', ({ state, dead }) => {
    const createdAt = hoursFromNow(-0.5);
    const versions = [
      versionEntry('production', 2, { cause: 'Triggered', state: dead, createdAt }),
      versionEntry('production', 1, { state: 'Retired' }),
    ];
    const record = recordOf({ lastVersion: 2, environments: [productionEntry({ state, versions, places: [] })] });
    const object = apiKeyOf({ environments: [{ name: 'production' }] });
    expect(status({ record, object })).toMatchObject({ version: 2, rotatedAt: createdAt });
  });

  test('gives the number of what is in force, also where a newer version was', () => {
    const gone = productionEntry({ state: 'Withdrawn', places: [], versions: [versionEntry('production', 2)] });
    const record = recordOf({ lastVersion: 2, environments: [stagingEntry(), gone] });
    expect(status({ record, object: apiKeyOf({ environments: [{ name: 'staging' }] }) }).version).toBe(1);
  });

  test('gives no number before the first version', () => {
    expect(status({ record: { kind: 'Absent' }, provenSequence: 0 })).not.toHaveProperty('version');
    expect(status({ record: recordOf({ lastVersion: 0, environments: [] }) })).not.toHaveProperty('version');
  });
});
