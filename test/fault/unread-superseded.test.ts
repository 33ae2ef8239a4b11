/** A rotation while the only Secret that holds the token to be superseded cannot be read. */
import { expect, test } from 'vitest';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { eventually } from '../support/harness/eventually.ts';
import { tokenOf } from '../support/key-world.ts';
import { WarpedClock } from '../support/warped-clock.ts';
import type { ProxiedRequest } from '../support/write-proxy.ts';
import { type DeliveryStage, KEY, PRODUCTION, STAGING } from './delivery-stage.ts';
import { shareStage } from './shared-stage.ts';

const [UNREAD] = PRODUCTION;

let stage: DeliveryStage;

shareStage((opened) => {
  stage = opened;
});

/** By namespace. */
async function secrets(): Promise<ReadonlyMap<string, Secret>> {
  const delivered = await stage.deliveredSecrets();
  return new Map(delivered.map((secret) => [secret.metadata.namespace ?? '', secret]));
}

function previousOf(secret: Secret | undefined): string | undefined {
  const value = secret?.data?.['previous.token'];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

function isReadOfUnread({ method, path }: ProxiedRequest): boolean {
  return method === 'GET' && path === `/api/v1/namespaces/${UNREAD}/secrets/${KEY}`;
}

/** @returns What each namespace holds of version 1, which no record seals any more. */
async function deliver(): Promise<ReadonlyMap<string, string>> {
  await stage.applyProject({ policy: { minRotationInterval: '0s' } });
  await stage.applyKey();
  await stage.whenDelivered();
  await eventually(async () => expect((await stage.recordOf()).sealed?.entries ?? []).toEqual([]));
  return new Map([...(await secrets())].map(([namespace, secret]) => [namespace, tokenOf(secret)]));
}

/** Version 2 is in these namespaces, beside version 1. */
function expectRotated(
  now: ReadonlyMap<string, Secret>,
  before: ReadonlyMap<string, string>,
  namespaces: readonly string[],
): void {
  for (const namespace of namespaces) {
    const secret = now.get(namespace);
    expect(secret?.metadata.annotations?.['keywright.dev/version']).toBe('2');
    expect(previousOf(secret)).toBe(before.get(namespace));
  }
}

test('A rotation whose read of the superseded token is refused once waits, and delivers both tokens everywhere', async () => {
  await using _operator = await stage.operator({ dependencies: { clock: new WarpedClock() } });
  const before = await deliver();
  let refused = 0;
  stage.proxy.treat((request) => {
    if (!isReadOfUnread(request) || refused > 0) return { kind: 'forward' };
    refused += 1;
    return { kind: 'refuse', status: 403 };
  });
  await stage.applyKey({ rotation: { trigger: 'drill', overlap: '1h' } });
  await eventually(async () => expectRotated(await secrets(), before, [...STAGING, UNREAD]));
  expect(refused).toBe(1);
  expect((await stage.recordOf()).ledger).toMatchObject({ lastVersion: 2 });
});

test('A rotation goes on without a namespace that does not answer, which gets the new token alone when it does', async () => {
  await using operator = await stage.operator();
  const before = await deliver();
  const answers = Promise.withResolvers<void>();
  stage.proxy.treat((request) =>
    isReadOfUnread(request) ? { kind: 'hold', until: answers.promise } : { kind: 'forward' },
  );
  await stage.applyKey({ rotation: { trigger: 'drill', overlap: '1h' } });
  await eventually(async () => {
    const now = await secrets();
    expectRotated(now, before, STAGING);
    expect(now.get(UNREAD)?.metadata.annotations?.['keywright.dev/version']).toBe('1');
  });
  for (const said of ['KW_SOURCE_UNREADABLE', 'Sealed nothing of a version: no namespace that holds it can be read']) {
    expect(operator.logLines.join('\n')).toContain(said);
  }
  stage.proxy.behave();
  answers.resolve();
  await eventually(async () => {
    const secret = (await secrets()).get(UNREAD);
    expect(secret?.metadata.annotations?.['keywright.dev/version']).toBe('2');
    expect(previousOf(secret)).toBeUndefined();
  });
});
