import { describe, expect, test } from 'vitest';
import { ADOPT_ANNOTATION, OWNER_ANNOTATION, PROJECT_LABEL, PROOF_ANNOTATION } from '../../../../src/api/labels.ts';
import { digestSecret, viewSecret, type CachedSecret } from '../../../../src/controllers/caches/cached-secret.ts';
import { isOurs } from '../../../../src/controllers/planning/place-state.ts';
import type { LedgerClaim } from '../../../../src/controllers/planning/secret-view.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { signProof } from '../../../../src/sealing/proof.ts';
import { digest, EU, held, productionEntry, US, versionEntry, wantedOf } from '../../../support/facts.ts';
import { checkout, keyBytes, recordContext } from '../../../support/sealing.ts';

const context = recordContext();
const version = versionEntry('production', 1);
const claim: LedgerClaim = { ...checkout, environment: 'production', version: 1, keyId: version.keyId };
const { labels, annotations } = wantedOf(held(EU), 'production', version);
const data = { token: Buffer.from('token').toString('base64') };
const contents = { token: digest('token') };
const proof = signProof(context, { ...claim, targetNamespace: EU, secretName: 'checkout' }, 7, contents);
const delivered: Secret = {
  metadata: {
    namespace: EU,
    name: 'checkout',
    uid: 'uid-1',
    resourceVersion: '5',
    labels,
    annotations: { ...annotations, [PROOF_ANNOTATION]: proof },
  },
  type: 'Opaque',
  data,
};

function cached(changes: Partial<Secret['metadata']> = {}): CachedSecret {
  return digestSecret({ ...delivered, metadata: { ...delivered.metadata, ...changes } });
}

const relabelled = cached({ labels: { ...labels, [PROJECT_LABEL]: 'other' } });

describe('digestSecret', () => {
  test('keeps every label and annotation that a Secret of ours is judged by', () => {
    const { metadata } = cached();
    expect(metadata.labels).toEqual(labels);
    expect(metadata.annotations).toEqual({ ...annotations, [PROOF_ANNOTATION]: proof });
    const consent = { [ADOPT_ANNOTATION]: annotations[OWNER_ANNOTATION] ?? '' };
    expect(cached({ annotations: consent }).metadata.annotations).toEqual(consent);
  });

  test('keeps a few hundred bytes of a Secret, whatever its writers put there', () => {
    const long = 'x'.repeat(100_000);
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`example.com/key-${index}`, 'x']));
    const finalizers = Object.keys(many);
    const ownerReferences = finalizers.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: name }));
    const kept = digestSecret({
      metadata: {
        ...delivered.metadata,
        labels: { ...labels, ...many },
        annotations: { ...many, [OWNER_ANNOTATION]: long, [ADOPT_ANNOTATION]: long },
        finalizers,
        ownerReferences,
      },
      type: long,
      data: { ...delivered.data, ...many },
    });
    expect(JSON.stringify(kept).length).toBeLessThan(1_500);
    expect(kept).toMatchObject({ hasFinalizers: true, isControlled: false, otherDataKeys: 1_000 });
    expect(Object.keys(kept.digests)).toEqual(['token']);
  });

  test('shows a value that is too long for ours as there, and as none that is wanted', () => {
    const long = 'x'.repeat(1_025);
    const kept = digestSecret({
      ...delivered,
      metadata: { ...delivered.metadata, annotations: { [ADOPT_ANNOTATION]: long } },
      type: long,
    });
    expect(kept.metadata.annotations).toEqual({ [ADOPT_ANNOTATION]: '' });
    expect(kept.type).toBe('');
  });

  test.each(['extra', '__proto__', 'constructor'])('counts the data key %s among those of others', (key) => {
    const data = JSON.parse(`{"token":"eA==","${key}":"eA=="}`) as Record<string, string>;
    expect(digestSecret({ ...delivered, data })).toMatchObject({ otherDataKeys: 1 });
  });
});

describe('viewSecret', () => {
  test('shows what a valid proof says, with its sequence', () => {
    expect(viewSecret(cached(), context).proof).toEqual({ ...claim, sequence: 7, isIntact: true });
  });

  test.each([
    { name: 'another token', edit: { token: 'eA==' } },
    { name: 'no token', edit: {} },
    { name: 'a signing secret that it was not written with', edit: { ...data, 'signing-secret': 'eA==' } },
  ])('shows that a Secret with $name is still ours, and not as it was written', ({ edit }) => {
    const secret = digestSecret({ ...delivered, data: edit });
    expect(viewSecret(secret, context).proof).toEqual({ ...claim, sequence: 7, isIntact: false });
    expect(viewSecret(secret, context).proves(claim)).toBe(true);
  });

  test('verifies a version of a Secret once', () => {
    let verified = 0;
    const counting = new (class extends MacKeys {
      override matches(...args: Parameters<MacKeys['matches']>): boolean {
        verified += 1;
        return super.matches(...args);
      }
    })([{ id: 'mac-1', bytes: keyBytes(0), state: 'Signing' }]);
    const counted = { ...context, macKeys: counting };
    const secret = cached();
    for (let look = 0; look < 5; look += 1) expect(viewSecret(secret, counted).proof).toBeDefined();
    expect(verified).toBe(2);
    viewSecret(cached(), counted);
    expect(verified).toBe(4);
  });

  test('believes nothing without MAC keys', () => {
    const view = viewSecret(cached(), undefined);
    expect(view.proof).toBeUndefined();
    expect(view.proves(claim)).toBe(false);
    expect(viewSecret(cached(), context).proof).toBeDefined();
  });

  test('believes no proof of other MAC keys, nor of another installation', () => {
    const macKeys = new MacKeys([{ id: 'mac-1', bytes: keyBytes(9), state: 'Signing' }]);
    expect(viewSecret(cached(), { ...context, macKeys }).proves(claim)).toBe(false);
    expect(viewSecret(cached(), { ...context, installation: 'other' }).proves(claim)).toBe(false);
  });
});

describe('a Secret at a ledger place whose labels, annotations and token were edited', () => {
  const entry = productionEntry();

  test.each<{ name: string; secret: CachedSecret; want: boolean }>([
    { name: 'another project label', secret: relabelled, want: true },
    { name: 'no label', secret: cached({ labels: {} }), want: true },
    { name: 'the proof alone', secret: cached({ labels: {}, annotations: { [PROOF_ANNOTATION]: proof } }), want: true },
    {
      name: "another owner's annotation",
      secret: cached({
        annotations: { ...annotations, [PROOF_ANNOTATION]: proof, [OWNER_ANNOTATION]: 'ApiKey/other/other' },
      }),
      want: true,
    },
    { name: 'no proof', secret: cached({ labels: {}, annotations }), want: false },
    {
      name: 'an edited proof',
      secret: cached({
        labels: {},
        annotations: {
          ...annotations,
          [PROOF_ANNOTATION]: proof.replace(/.(?=.{60}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
        },
      }),
      want: false,
    },
    { name: 'a proof moved from another namespace', secret: cached({ namespace: US, labels: {} }), want: false },
    { name: 'a proof moved from another name', secret: cached({ name: 'other', labels: {} }), want: false },
  ])('with $name: ours $want', ({ secret, want }) => {
    expect(isOurs(viewSecret(secret, context), checkout, entry)).toBe(want);
  });

  test.each<{ name: string; identity?: Partial<typeof checkout>; of?: typeof entry | undefined }>([
    { name: 'of another project', identity: { project: 'other' } },
    { name: 'of another author namespace', identity: { namespace: 'other' } },
    { name: 'of another name', identity: { name: 'other' } },
    {
      name: 'whose ledger does not know the version',
      of: productionEntry({ versions: [versionEntry('production', 2)] }),
    },
    { name: 'with the place in another environment only', of: { ...entry, name: 'staging' } },
    { name: 'that has no place there', of: undefined },
  ])('is not that of a key $name', ({ identity = {}, ...row }) => {
    const secret = viewSecret(relabelled, context);
    expect(isOurs(secret, { ...checkout, ...identity }, 'of' in row ? row.of : entry)).toBe(false);
  });
});
