import { createPrivateKey, createPublicKey } from 'node:crypto';
import { expect } from 'vitest';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { everywhere, type KeyPicture } from './key-picture.ts';
import { describeFlows } from './lifecycle-cuts.ts';
import type { CutKey } from './lifecycle-flow.ts';
import { STAGED_CRYPTO_KEY } from './staged-kind.ts';

const PROTECTED: Partial<CryptoKey['spec']> = { passphrase: {} };
const ROTATION = { rotation: { trigger: 'drill', overlap: '90m' } };
const AT_ONCE = { policy: { minRotationInterval: '0s' } };

/** A key in PEM, protected by a passphrase that lies in a Secret of its own. */
const delivered = (version: number, known: string): KeyPicture =>
  everywhere({
    ready: 'True Delivered 3/3',
    shown: `Active: ${version} Current`,
    known,
    sealed: [`v${version} material`, `v${version} passphrase`],
    secrets: { '': `v${version}: private.pem, public.pem`, '-passphrase': `v${version}: passphrase` },
  });
const OVERLAPPING = everywhere({
  ready: 'True Delivered 3/3',
  shown: 'Rotating: 2 Current, 1 Retiring',
  known: 'Active: 2 Current, 1 Retiring',
  sealed: ['v1 material', 'v1 passphrase', 'v2 material', 'v2 passphrase'],
  secrets: {
    '': 'v2: previous.private.pem, previous.public.pem, private.pem, public.pem',
    '-passphrase': 'v2: passphrase, previous.passphrase',
  },
});

async function deliver(key: CutKey<CryptoKey>): Promise<void> {
  await key.apply(PROTECTED);
  await key.settlesAs(delivered(1, 'Active: 1 Current'));
}

const rotate = (key: CutKey<CryptoKey>): Promise<void> => key.apply({ ...PROTECTED, ...ROTATION });

describeFlows(STAGED_CRYPTO_KEY, [
  {
    // Record (version 2), status, six Secrets with both, record (the end of the overlap), status.
    name: 'Rotation of a key pair with a passphrase',
    project: AT_ONCE,
    given: deliver,
    change: rotate,
    writes: 10,
    converged: OVERLAPPING,
    also: expectOpened,
    versions: 2,
  },
  {
    // It ended half an hour ago while no operator ran: six Secrets, record (retired and destroyed), status.
    name: 'The end of the overlap of a key pair with a passphrase',
    project: AT_ONCE,
    given: async (key) => {
      await deliver(key);
      await rotate(key);
      await key.settlesAs(OVERLAPPING);
    },
    givenAgoMs: 2 * 3_600_000,
    writes: 8,
    isApart: true,
    converged: delivered(2, 'Active: 2 Current, 1 Retired'),
    also: expectOpened,
    versions: 2,
  },
]);

/** The passphrase beside a private key opens it, and it is the one of its public half. */
async function expectOpened({ stage, name }: CutKey<CryptoKey>): Promise<void> {
  const secrets = await stage.deliveredSecrets();
  const textIn = (namespace: string, secretName: string, dataKey: string): string => {
    const secret = secrets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === secretName);
    return Buffer.from(secret?.data?.[dataKey] ?? '', 'base64').toString();
  };
  for (const { metadata } of secrets.filter((secret) => secret.metadata.name === name)) {
    const { namespace = '' } = metadata;
    const passphrase = textIn(namespace, `${name}-passphrase`, 'passphrase');
    const opened = createPrivateKey({ key: textIn(namespace, name, 'private.pem'), passphrase });
    const publicHalf = createPublicKey(opened).export({ format: 'pem', type: 'spki' });
    expect(publicHalf).toBe(textIn(namespace, name, 'public.pem'));
  }
}
