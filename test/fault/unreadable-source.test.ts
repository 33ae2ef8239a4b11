/** An import source that the API server does not show, for now or for want of a right. */
import { expect, test } from 'vitest';
import type { CryptoKey, CryptoKeySpec } from '../../src/api/generated/crypto-key.ts';
import { eventually } from '../support/harness/eventually.ts';
import { ecPrivatePem } from '../support/key-samples.ts';
import { conditionOf } from '../support/key-world.ts';
import { AUTHORS, type DeliveryStage, IMPORT_SOURCE, KEY, STAGING, TARGETS } from './delivery-stage.ts';
import { shareStageOf } from './shared-stage.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

const SPEC: Partial<CryptoKeySpec> = {
  type: 'PrivateKey',
  import: { secretKeyRef: { name: IMPORT_SOURCE, key: 'key' } },
};

let stage: DeliveryStage<CryptoKey>;

shareStageOf(STAGED_CRYPTO_KEY, (opened) => {
  stage = opened;
});

function refuseToShowSource(status: number): void {
  const path = `/api/v1/namespaces/${AUTHORS}/secrets/${IMPORT_SOURCE}`;
  stage.proxy.treat((request) =>
    request.method === 'GET' && request.path === path ? { kind: 'refuse', status } : { kind: 'forward' },
  );
}

async function whenDelivered(value: string): Promise<void> {
  await eventually(async () => {
    const secrets = await stage.deliveredSecrets();
    const pems = secrets.map(({ data }) => Buffer.from(data?.['private.pem'] ?? '', 'base64').toString());
    expect(pems).toEqual(TARGETS.map(() => value));
  });
}

test.each([403, 500])(
  'A source that is answered %i after the import holds up neither a lost Secret nor a suspension, and its next content is version 2',
  async (status) => {
    const [first, second] = [ecPrivatePem(), ecPrivatePem()];
    await stage.applySources({ key: first });
    await using operator = await stage.operator();
    await stage.applyProject();
    await stage.applyKey(SPEC);
    await stage.whenDelivered();
    refuseToShowSource(status);
    await stage.removeSecret(STAGING[0], KEY);
    await whenDelivered(first);
    await stage.applyKey({ ...SPEC, suspended: true });
    await eventually(async () => expect((await stage.key()).status?.state).toBe('Suspended'));
    await stage.applyKey(SPEC);
    await eventually(async () => expect((await stage.key()).status?.state).toBe('Active'));

    await stage.applySources({ key: second });
    stage.proxy.behave();
    // The right to read comes back without a change that is watched; what is not answered for now is asked again.
    if (status === 403) operator.resync();
    await whenDelivered(second);
    expect((await stage.recordOf()).ledger).toMatchObject({ lastVersion: 2 });
  },
);

test('A source that may not be read is told with its reason, nothing is minted instead, and it is imported once it may', async () => {
  const pem = ecPrivatePem();
  await stage.applySources({ key: pem });
  await using operator = await stage.operator();
  await stage.applyProject();
  refuseToShowSource(403);
  await stage.applyKey(SPEC);
  await eventually(async () => {
    const ready = conditionOf(await stage.key());
    expect(ready).toMatchObject({ status: 'False', reason: 'Forbidden' });
    expect(ready?.message).toMatch(new RegExp(`Secret "${IMPORT_SOURCE}".*may not be read.*role`));
  });
  expect(await stage.recordCount()).toBe(0);
  stage.proxy.behave();
  operator.resync();
  await whenDelivered(pem);
});
