import { beforeEach, describe, expect, test } from 'vitest';
import { PROOF_ANNOTATION } from '../../../../src/api/labels.ts';
import { digestSecret, viewSecret } from '../../../../src/controllers/caches/cached-secret.ts';
import { ProofController } from '../../../../src/controllers/installation/proof-controller.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { signProof } from '../../../../src/sealing/proof.ts';
import { digest, EU, held, versionEntry, wantedOf } from '../../../support/facts.ts';
import { checkout, keyBytes, recordContext } from '../../../support/sealing.ts';

const { signal } = new AbortController();
const KEY = `${EU}/checkout`;
const former = recordContext();
const rotated = recordContext({
  macKeys: new MacKeys([
    { id: 'mac-2', bytes: keyBytes(96), state: 'Signing' },
    { id: 'mac-1', bytes: keyBytes(0), state: 'Verifying' },
  ]),
});
const version = versionEntry('production', 1);
const { labels, annotations } = wantedOf(held(EU), 'production', version);
const claim = { ...checkout, environment: 'production', version: 1, keyId: version.keyId };
const place = { targetNamespace: EU, secretName: 'checkout' };
const proof = signProof(former, { ...claim, ...place }, 7, { token: digest('token') });

function secret(changes: Partial<Secret> = {}): Secret {
  return {
    metadata: {
      namespace: EU,
      name: 'checkout',
      uid: 'uid-1',
      resourceVersion: '5',
      labels: { ...labels, team: 'a' },
      annotations: { ...annotations, [PROOF_ANNOTATION]: proof, note: 'theirs' },
      finalizers: ['example.com/hold'],
    },
    type: 'Opaque',
    data: { token: Buffer.from('token').toString('base64') },
    ...changes,
  };
}

let live: Secret | undefined;
let cached: Secret | undefined;
let sent: Secret[];
let pauses: number[];
let refusal: Error | undefined;
beforeEach(() => {
  live = secret();
  cached = live;
  [sent, pauses] = [[], []];
  refusal = undefined;
});

async function reconcile({ isStale = true, isBusy = false } = {}): Promise<void> {
  const ports = {
    clock: { sleep: async (ms: number) => void pauses.push(ms) },
    installation: { macContext: rotated },
    caches: {
      secrets: {
        lister: { get: () => (cached === undefined ? undefined : digestSecret(cached)) },
        trackWrite: (_key: string, _replaced: string, write: () => Promise<Secret>) => write(),
      },
    },
    placeClient: {
      get: async () => {
        if (live === undefined) throw new ApiError({ status: 404, reason: 'NotFound', message: '' });
        return live;
      },
      update: async (_resource: unknown, given: Secret) => {
        if (refusal !== undefined) throw refusal;
        sent.push(given);
        return given;
      },
    },
  } as unknown as KeyPorts;
  const controller = new ProofController({
    ports,
    renewal: { observeSecret: () => isStale },
    isBusy: () => isBusy,
  });
  expect(await controller.reconcile(KEY, { signal })).toEqual({ kind: 'done' });
}

describe('ProofController', () => {
  test('changes nothing but the proof, bound to what was read', async () => {
    await reconcile();
    expect(sent).toHaveLength(1);
    const [written = secret()] = sent;
    const { [PROOF_ANNOTATION]: text = '', ...others } = written.metadata.annotations ?? {};
    expect(text).toMatch(/^mac-2\./);
    expect({
      ...written,
      metadata: { ...written.metadata, annotations: { ...others, [PROOF_ANNOTATION]: proof } },
    }).toEqual(secret());
    const { proof: proven } = viewSecret(digestSecret(written), rotated);
    expect(proven).toEqual({ ...claim, sequence: 7, isIntact: true });
  });

  test('leaves an edited Secret an edited one', async () => {
    live = secret({ data: { token: Buffer.from('planted').toString('base64') } });
    cached = live;
    await reconcile();
    expect(viewSecret(digestSecret(sent[0] ?? live), rotated).proof).toMatchObject({ sequence: 7, isIntact: false });
  });

  test.each<{ name: string; given: () => void; isStale?: boolean }>([
    { name: 'is signed by the current key', given: () => {}, isStale: false },
    { name: 'is gone from the cache', given: () => (cached = undefined) },
    { name: 'is gone', given: () => (live = undefined) },
    {
      name: 'moved on meanwhile',
      given: () => (live = secret({ metadata: { ...secret().metadata, resourceVersion: '6' } })),
    },
    {
      name: 'was copied to another name',
      given: () => (live = cached = secret({ metadata: { ...secret().metadata, name: 'copied' } })),
    },
  ])('writes nothing over a Secret that $name', async ({ given, isStale = true }) => {
    given();
    await reconcile({ isStale });
    expect(sent).toEqual([]);
  });

  test('gives way to keys that wait for their own work', async () => {
    await reconcile({ isBusy: true });
    expect(pauses).toEqual([400]);
    expect(sent).toHaveLength(1);
  });

  test.each([404, 409])(
    'leaves a Secret that somebody changed (%i) to the look that the change brings',
    async (status) => {
      refusal = new ApiError({ status, reason: status === 409 ? 'Conflict' : 'NotFound', message: '' });
      await reconcile();
      expect(sent).toEqual([]);
    },
  );

  test('is tried again where the namespace does not answer', async () => {
    refusal = new ConnectionError('timeout', 'no answer');
    await expect(reconcile()).rejects.toThrow(ConnectionError);
  });
});
