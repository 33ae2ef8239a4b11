/** What status says of a key that is revoked and, besides, suspended or expired. */
import { expect, test } from 'vitest';
import type { ApiKeyStatus } from '../../../../../src/api/generated/api-key.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import {
  apiKeyOf,
  apiKeyStatus,
  hoursFromNow,
  MINTED_AT,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
  versionEntry,
} from '../../../../support/facts.ts';
import { signedStatus } from '../../../../support/status-signing.ts';

const over = hoursFromNow(-1);
const revocation = { reason: 'Compromised', since: MINTED_AT, throughVersion: 1 } as const;
const stagingRevoked = stagingEntry({ versions: [versionEntry('staging', 1, { state: 'Revoked' })] });
const revoked = recordOf({
  revocation,
  environments: [stagingRevoked, productionEntry({ versions: [versionEntry('production', 1, { state: 'Revoked' })] })],
});

test.each<{ name: string; given: Partial<DeclaredFacts>; want: ApiKeyStatus['state'] }>([
  {
    name: 'Revoked before Suspended',
    given: { object: apiKeyOf({ suspended: true }), record: revoked },
    want: 'Revoked',
  },
  {
    name: 'Revoked before Expired',
    given: { object: apiKeyOf({ expiresAt: over }), record: revoked },
    want: 'Revoked',
  },
  {
    name: 'Revoked as soon as the spec says so',
    given: { object: apiKeyOf({ revocation: { reason: 'Compromised', throughVersion: 1 } }) },
    want: 'Revoked',
  },
  {
    name: 'Suspended where something that is not revoked waits sealed',
    given: {
      object: apiKeyOf({ suspended: true }),
      record: recordOf({
        revocation,
        environments: [
          stagingRevoked,
          productionEntry({ state: 'Withdrawn', versions: [versionEntry('production', 2)] }),
        ],
      }),
    },
    want: 'Suspended',
  },
])('A key is $name', ({ given, want }) => {
  expect(apiKeyStatus(settled(given)).state).toBe(want);
});

test('A revoked key stays so while the ledger cannot be believed, though it is suspended as well', () => {
  const status = signedStatus(apiKeyStatus(settled({ record: revoked })));
  const object = { ...apiKeyOf({ suspended: true }), status };
  expect(apiKeyStatus(settled({ provenSequence: 9, object })).state).toBe('Revoked');
});
