/** A status that is carried on while the ledger cannot be believed as a whole may still not show what the ledger ended. */
import { expect, test } from 'vitest';
import { judged } from '../../../../../src/controllers/key/acceptance-checks.ts';
import { projectStatus } from '../../../../../src/controllers/key/status/status.ts';
import {
  hoursFromNow,
  productionEntry,
  recordOf,
  settled,
  stagingEntry,
  versionEntry,
} from '../../../../support/facts.ts';
import { believedStatus } from '../../../../support/status-signing.ts';
import { publishedAt, shownV1 } from '../settlement/rolled-back.ts';

test.each(['Revoked', 'Retired'] as const)('An old status that is put back shows no version that is %s', (state) => {
  const versions = [versionEntry('production', 2), versionEntry('production', 1, { state })];
  const record = recordOf({
    sequence: 20,
    lastVersion: 2,
    revocation: { reason: 'Compromised', throughVersion: 1, since: hoursFromNow(-1) },
    environments: [stagingEntry(), productionEntry({ versions })],
  });
  const { object } = publishedAt(5, shownV1);
  for (const installation of ['KEKMissing', 'PeppersMissing'] as const) {
    const facts = settled({ installation, record, object, believedStatus: believedStatus(object.status) });
    const shown = projectStatus(judged(facts)).environments?.find(({ name }) => name === 'production');
    expect(shown?.versions?.map(({ version }) => version)).toEqual([]);
  }
});
