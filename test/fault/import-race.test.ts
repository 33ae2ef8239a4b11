/** An import source that is swapped while its key is being imported: what was judged is what is sealed, or nothing. */
import { createPublicKey, hash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { recordName } from '../../src/sealing/record.ts';
import { eventually } from '../support/harness/eventually.ts';
import { ecPrivatePem } from '../support/key-samples.ts';
import { conditionOf } from '../support/key-world.ts';
import { OPERATOR_NAMESPACE, type RunningOperator } from '../support/operator.ts';
import type { ProxiedRequest } from '../support/write-proxy.ts';
import type { DeliveryHistory } from '../support/history/delivery-history.ts';
import { type DeliveryStage, IMPORT_SOURCE, KEY, PROJECT, TARGETS } from './delivery-stage.ts';
import { shareStageOf } from './shared-stage.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

const RECORD = {
  namespace: OPERATOR_NAMESPACE,
  name: recordName({ project: PROJECT, kind: 'CryptoKey', name: KEY }),
};

let stage: DeliveryStage<CryptoKey>;

shareStageOf(STAGED_CRYPTO_KEY, (opened) => {
  stage = opened;
});

const putSource = (text: string): Promise<void> => stage.applySources({ key: text });

/** Planned on what the source holds now; `meanwhile` happens before the first request that `isTheOne` is forwarded. */
async function importWhile(
  isTheOne: (request: ProxiedRequest) => boolean,
  meanwhile: () => Promise<void>,
): Promise<void> {
  await stage.applyProject();
  await stage.whenClaimed();
  onceBefore(isTheOne, meanwhile);
  await stage.applyKey({
    type: 'PrivateKey',
    material: 'Shared',
    import: { secretKeyRef: { name: IMPORT_SOURCE, key: 'key' } },
  });
}

function onceBefore(isTheOne: (request: ProxiedRequest) => boolean, act: () => Promise<void>): void {
  stage.proxy.treat((request) => {
    if (!isTheOne(request)) return { kind: 'forward' };
    stage.proxy.behave();
    return { kind: 'hold', until: act() };
  });
}

const isFinalizer = ({ method, path }: ProxiedRequest): boolean =>
  method === 'PATCH' && path.endsWith(`/cryptokeys/${KEY}`);
const isRecord = ({ isWrite, path }: ProxiedRequest): boolean =>
  isWrite && (path.endsWith(RECORD.name) || path.endsWith(`/namespaces/${OPERATOR_NAMESPACE}/secrets`));

/** "<environment> v<version>" to what was ever readable of it. */
function readable(history: DeliveryHistory): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...history.valuesByVersion].map(([version, values]) => [version.replace(`${KEY} `, ''), [...values]]),
  );
}

/** SHA-256 of the SPKI, as the ledger has it. */
function fingerprintOf(privatePem: string): string {
  const spki = createPublicKey(privatePem).export({ format: 'der', type: 'spki' });
  return `SHA256:${hash('sha256', spki, 'base64url')}`;
}

async function whenDelivered(value: string, version: number): Promise<void> {
  await eventually(async () => {
    const secrets = await stage.deliveredSecrets();
    const pems = secrets.map(({ data }) => Buffer.from(data?.['private.pem'] ?? '', 'base64').toString());
    expect(pems).toEqual(TARGETS.map(() => value));
  });
  await stage.whenDelivered();
  expect((await stage.recordOf()).ledger).toMatchObject({ lastVersion: version });
}

/** It is known as what it is: looked at again, it is no new version. */
async function expectKnown(operator: RunningOperator): Promise<void> {
  expect(await stage.writesOfResync(operator)).toMatchObject({ counted: [] });
}

test('A source that is swapped for another good key before the record is written is judged anew, and the first one is never delivered', async () => {
  const [first, second] = [ecPrivatePem(), ecPrivatePem()];
  await putSource(first);
  await using history = await stage.record();
  await using operator = await stage.operator();
  await importWhile(isFinalizer, () => putSource(second));
  await whenDelivered(second, 1);
  expect(readable(history)).toEqual({ 'staging v1': [second], 'production v1': [second] });
  await expectKnown(operator);
  expect(operator.logLines.filter((line) => line.includes('KW_SOURCE_CHANGED'))).not.toEqual([]);
});

test('A source that is swapped for something bad before the record is written is not imported under the judgement of the good one', async () => {
  const good = ecPrivatePem();
  await putSource(good);
  await using history = await stage.record();
  await using operator = await stage.operator();
  await importWhile(isFinalizer, () => putSource('no key at all'));
  await eventually(async () => {
    expect(conditionOf(await stage.key())).toMatchObject({ status: 'False', reason: 'MalformedKey' });
  });
  expect(await stage.recordCount()).toBe(0);
  expect(readable(history)).toEqual({});

  await putSource(good);
  await whenDelivered(good, 1);
  await expectKnown(operator);
});

test('A source that is swapped as the record is stored is version 2, and version 1 is what was judged', async () => {
  const [first, second] = [ecPrivatePem(), ecPrivatePem()];
  await putSource(first);
  await using history = await stage.record();
  await using operator = await stage.operator();
  await importWhile(isRecord, () => putSource(second));
  await whenDelivered(second, 2);
  const { ledger } = await stage.recordOf();
  for (const { versions } of ledger.environments) {
    expect(versions.map(({ version, crypto }) => [version, crypto?.fingerprint])).toEqual([
      [2, fingerprintOf(second)],
      [1, fingerprintOf(first)],
    ]);
  }
  // Version 1 may have been replaced before any Secret carried it.
  const { 'staging v1': ofFirst = [], 'staging v2': ofSecond } = readable(history);
  expect([first]).toEqual(expect.arrayContaining([...ofFirst]));
  expect(ofSecond).toEqual([second]);
  expect(history.deliveredBeforePublished).toEqual([]);
  await expectKnown(operator);
});

test('A record that somebody writes to between reading and sealing a changed source is planned afresh on what the source holds then', async () => {
  const [first, second, third] = [ecPrivatePem(), ecPrivatePem(), ecPrivatePem()];
  await putSource(first);
  await using history = await stage.record();
  await using operator = await stage.operator();
  await importWhile(
    () => false,
    () => Promise.resolve(),
  );
  await whenDelivered(first, 1);
  onceBefore(isRecord, async () => {
    await putSource(third);
    await stage.cluster.client.patch(SECRETS, RECORD, { metadata: { annotations: { note: 'touched' } } });
  });
  await putSource(second);
  await whenDelivered(third, 2);
  expect(readable(history)).toMatchObject({ 'staging v1': [first], 'staging v2': [third] });
  await expectKnown(operator);
});
