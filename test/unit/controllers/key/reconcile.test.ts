import { expect, test } from 'vitest';
import { API_KEY_RULES } from '../../../../src/controllers/api-key/rules.ts';
import { reconcileKey } from '../../../../src/controllers/key/reconcile.ts';
import { spreadMs } from '../../../../src/controllers/planning/spread.ts';
import { Failures } from '../../../../src/controllers/shared/failures.ts';
import { FirstIssues } from '../../../../src/controllers/shared/first-issues.ts';
import { Reservations } from '../../../../src/controllers/shared/reservations.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { apiKeyOf, keyProjectOf, NOW } from '../../../support/facts.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { checkout, recordContext } from '../../../support/sealing.ts';

test('reconcileKey asks for its next look at the due time, however long the pass took', async () => {
  const clock = new FakeClock(NOW);
  const passMs = 2_000;
  const created = apiKeyOf({}, { metadata: { ...apiKeyOf().metadata, creationTimestamp: NOW.toISOString() } });
  const unclaimed = keyProjectOf({}, { metadata: { name: checkout.project } });
  const nothing = { get: () => undefined, byIndex: () => [], countByIndex: () => 0 };
  const slow = {
    ...nothing,
    countByIndex: () => {
      clock.stall(passMs / 2);
      return 0;
    },
  };
  const ports = {
    clock,
    caches: {
      keys: { ApiKey: { lister: { ...nothing, get: () => created } } },
      projects: { lister: { ...nothing, get: () => unclaimed } },
      records: { lister: slow },
      secrets: { lister: nothing },
    },
    kinds: { ApiKey: API_KEY_RULES },
    installation: { state: { kind: 'Ready' }, macContext: recordContext() },
    firstIssues: new FirstIssues(),
    reservations: new Reservations(),
    desk: { forget: () => {} },
    judging: { forget: () => {} },
  } as unknown as KeyPorts;
  const { outcome } = await reconcileKey(ports, checkout, new Failures(), new AbortController().signal);
  // A key says nothing for 5 s of a project that is not claimed yet.
  const graceMs = 5_000;
  expect(clock.now().getTime()).toBe(NOW.getTime() + passMs);
  expect(outcome).toEqual({ kind: 'requeueAfter', ms: graceMs + spreadMs(checkout, graceMs, 1_000) - passMs });
});
