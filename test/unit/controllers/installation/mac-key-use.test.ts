import { beforeEach, describe, expect, test } from 'vitest';
import { ENVIRONMENT_LABEL, PROOF_ANNOTATION } from '../../../../src/api/labels.ts';
import { macKeyUser, type MacKeyUseOptions } from '../../../../src/controllers/installation/mac-key-use.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { SECRETS } from '../../../../src/kube/objects/resource.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { signProof } from '../../../../src/sealing/proof.ts';
import { digest, EU, held, ledgerOf, productionEntry, versionEntry, wantedOf } from '../../../support/facts.ts';
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
  metadata: { namespace: 'keywright', name: 'kw-apikey-1' },
  data: { mac: Buffer.from(`${keyId}.AAAA`).toString('base64') },
});
const key = (keyId: string): object => ({
  metadata: { namespace: 'config', name: 'checkout' },
  spec: { project: 'payments' },
  status: { ledger: { sequence: 1, mac: `${keyId}.AAAA` } },
});

/** Somebody gave the Secret another label, so that it proves nothing of what it says of itself. */
function relabelled(secret: Secret): Secret {
  return { metadata: { ...secret.metadata, labels: { ...secret.metadata.labels, [ENVIRONMENT_LABEL]: 'staging' } } };
}

let records: readonly Secret[];
let keys: readonly object[];
let secrets: readonly Secret[];
/** Places of production, as the only record tells them. */
let places: readonly string[];
let ledgerIsValid: boolean;
let namespaces: (string | undefined)[];
let failure: Error | undefined;
beforeEach(() => {
  [records, keys, secrets, places] = [[record('mac-2')], [key('mac-2')], [delivered('checkout', 'mac-2')], []];
  [ledgerIsValid, namespaces, failure] = [true, [], undefined];
});

function user(watchNamespaces?: readonly string[]): Promise<string | undefined> {
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
  const held = places.map((secretName) => ({ ...productionEntry().places[0], namespace: EU, secretName }));
  const ledger = ledgerOf({ environments: [productionEntry({ places: held as never })] });
  const ports = {
    client,
    operatorNamespace: 'keywright',
    kinds: { ApiKey: { resource: KEYS } },
    installation: {
      macContext: rotated,
      readRecord: () => (ledgerIsValid ? { state: 'valid', ledger } : { state: 'invalid', problem: 'BadMac' }),
    },
    caches: {
      projects: { lister: { get: () => undefined } },
      records: {
        lister: {
          byIndex: (_index: string, place: string) =>
            places.some((name) => `${EU}/${name}` === place) ? [{ secret: record('mac-2') }] : [],
        },
      },
    },
  };
  return macKeyUser({ ports, watchNamespaces } as unknown as MacKeyUseOptions, 'mac-1', signal);
}

describe('macKeyUser', () => {
  test('is nobody where everything is signed by another key', async () => {
    expect(await user()).toBeUndefined();
    expect(namespaces).toEqual([undefined]);
  });

  test.each<{ name: string; given: () => void; want: string }>([
    {
      name: 'a record',
      given: () => (records = [record('mac-2'), record('mac-1')]),
      want: 'record keywright/kw-apikey-1',
    },
    { name: 'a status', given: () => (keys = [key('mac-1')]), want: 'ApiKey config/checkout' },
    {
      name: 'a Secret that proves what it says of itself',
      given: () => (secrets = [delivered('checkout', 'mac-1')]),
      want: `Secret ${EU}/checkout`,
    },
    {
      name: 'a Secret at a place of a ledger that proves what this says of it, whatever its labels say',
      given: () => {
        secrets = [relabelled(delivered('checkout', 'mac-1'))];
        places = ['checkout'];
      },
      want: `Secret ${EU}/checkout`,
    },
  ])('names $name', async ({ given, want }) => {
    given();
    expect(await user()).toBe(want);
  });

  test.each<{ name: string; given: () => void }>([
    {
      name: 'a copy of a Secret, which proves nothing',
      given: () => (secrets = [delivered('copied', 'mac-1')]),
    },
    {
      name: 'a copy at a place of a ledger',
      given: () => ([secrets, places] = [[delivered('copied', 'mac-1')], ['copied']]),
    },
    {
      name: 'a text of the form of a proof at a place of a ledger',
      given: () => {
        const annotations = { [PROOF_ANNOTATION]: 'mac-1.AAAA' };
        secrets = [{ metadata: { namespace: EU, name: 'checkout', labels: {}, annotations } }];
        places = ['checkout'];
      },
    },
    {
      name: 'a relabelled Secret at a place of a ledger that does not verify',
      given: () => {
        [secrets, places] = [[relabelled(delivered('checkout', 'mac-1'))], ['checkout']];
        ledgerIsValid = false;
      },
    },
  ])('is not $name', async ({ given }) => {
    given();
    expect(await user()).toBeUndefined();
  });

  test('looks where the operator may look', async () => {
    await user(['config', EU]);
    expect(namespaces).toEqual(['config', EU]);
  });

  test('is not known where a list is not answered', async () => {
    failure = new ConnectionError('timeout', 'no answer');
    await expect(user()).rejects.toThrow(ConnectionError);
  });
});
