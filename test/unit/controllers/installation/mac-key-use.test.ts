import { beforeEach, describe, expect, test } from 'vitest';
import { PROOF_ANNOTATION } from '../../../../src/api/labels.ts';
import { isMacKeyUsed, type MacKeyUseOptions } from '../../../../src/controllers/installation/mac-key-use.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { signProof } from '../../../../src/sealing/proof.ts';
import { digest, EU, held, versionEntry, wantedOf } from '../../../support/facts.ts';
import { checkout, keyBytes, recordContext } from '../../../support/sealing.ts';

const { signal } = new AbortController();
const former = recordContext();
const rotated = recordContext({
  macKeys: new MacKeys([
    { id: 'mac-2', bytes: keyBytes(96), state: 'Signing' },
    { id: 'mac-1', bytes: keyBytes(0), state: 'Verifying' },
  ]),
});
const KEYS = { group: 'keywright.dev', version: 'v1alpha1', kind: 'ApiKey', plural: 'apikeys', namespaced: true };

function delivered(name: string, keyId: string): Secret {
  const version = versionEntry('production', 1);
  const { labels, annotations } = wantedOf(held(EU), 'production', version);
  const claim = { ...checkout, environment: 'production', version: 1, keyId: version.keyId };
  const place = { targetNamespace: EU, secretName: 'checkout' };
  const context = keyId === 'mac-1' ? former : rotated;
  const proof = signProof(context, { ...claim, ...place }, 7, { token: digest('token') });
  // As a list of metadata shows it.
  return { metadata: { namespace: EU, name, labels, annotations: { ...annotations, [PROOF_ANNOTATION]: proof } } };
}

const record = (keyId: string): Secret => ({
  metadata: { name: 'kw-apikey-1' },
  data: { mac: Buffer.from(`${keyId}.AAAA`).toString('base64') },
});
const key = (keyId: string): object => ({
  metadata: { namespace: 'config', name: 'checkout' },
  spec: { project: 'payments' },
  status: { ledger: { sequence: 1, mac: `${keyId}.AAAA` } },
});

let records: readonly Secret[];
let keys: readonly object[];
let secrets: readonly Secret[];
let places: ReadonlySet<string>;
let namespaces: (string | undefined)[];
let failure: Error | undefined;
beforeEach(() => {
  [records, keys, secrets, places] = [[record('mac-2')], [key('mac-2')], [delivered('checkout', 'mac-2')], new Set()];
  [namespaces, failure] = [[], undefined];
});

function isUsed(watchNamespaces?: readonly string[]): Promise<boolean> {
  const client = {
    list: async (resource: unknown, { fieldSelector, namespace }: { fieldSelector?: string; namespace?: string }) => {
      if (fieldSelector !== undefined) return { items: records, resourceVersion: '1' };
      if (resource === KEYS) return { items: keys, resourceVersion: '1' };
      if (failure !== undefined) throw failure;
      expect(resource).toBe(SECRETS);
      namespaces.push(namespace);
      return { items: secrets, resourceVersion: '1' };
    },
  };
  const ports = {
    client,
    operatorNamespace: 'keywright',
    kinds: { ApiKey: { resource: KEYS } },
    installation: { macContext: rotated },
    caches: {
      projects: { lister: { get: () => undefined } },
      records: { lister: { countByIndex: (_index: string, place: string) => (places.has(place) ? 1 : 0) } },
    },
  };
  return isMacKeyUsed({ ports, watchNamespaces } as unknown as MacKeyUseOptions, 'mac-1', signal);
}

describe('isMacKeyUsed', () => {
  test('is false where everything is signed by another key', async () => {
    expect(await isUsed()).toBe(false);
    expect(namespaces).toEqual([undefined]);
  });

  test.each<{ name: string; given: () => void; want: boolean }>([
    { name: 'a record', given: () => (records = [record('mac-2'), record('mac-1')]), want: true },
    { name: 'a status', given: () => (keys = [key('mac-1')]), want: true },
    { name: 'the proof on a Secret', given: () => (secrets = [delivered('checkout', 'mac-1')]), want: true },
    {
      name: 'what stands on a copy of a Secret, which proves nothing',
      given: () => (secrets = [delivered('copied', 'mac-1')]),
      want: false,
    },
    {
      name: 'what stands on a Secret at a place of a ledger, whatever it says of itself',
      given: () => {
        secrets = [delivered('copied', 'mac-1')];
        places = new Set([`${EU}/copied`]);
      },
      want: true,
    },
  ])('is $want for a key that signed $name', async ({ given, want }) => {
    given();
    expect(await isUsed()).toBe(want);
  });

  test('looks where the operator may look', async () => {
    await isUsed(['config', EU]);
    expect(namespaces).toEqual(['config', EU]);
  });

  test('is not known where a list is not answered', async () => {
    failure = new ConnectionError('timeout', 'no answer');
    await expect(isUsed()).rejects.toThrow(ConnectionError);
  });
});
