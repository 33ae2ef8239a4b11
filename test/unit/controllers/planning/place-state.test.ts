import { describe, expect, test } from 'vitest';
import { ADOPT_ANNOTATION } from '../../../../src/api/labels.ts';
import type { EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import {
  isConsented,
  isOurs,
  isProofOf,
  ownerOf,
  placeState,
  type PlaceState,
} from '../../../../src/controllers/planning/place-state.ts';
import { placeKey, type Observation, type SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import { checkout } from '../../../support/sealing.ts';
import {
  ABSENT,
  digest,
  EU,
  foreignSecret,
  held,
  mintFactsOf,
  OWNER,
  owed,
  present,
  productionEntry,
  secretView,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';

const version = versionEntry('production', 1);
const entry = productionEntry();
const wanted = wantedOf(held(EU), 'production', version);
const delivered = secretView(wanted);
const otherProof = {
  ...checkout,
  name: 'other',
  environment: 'production',
  version: 1,
  keyId: 'k',
  sequence: 1,
  isIntact: true,
};
const facts = mintFactsOf('production');

/** What the place in EU is judged as when it is seen so, and the one in US carries the token. */
function judge(seen: Observation | undefined, changes: Partial<EnvironmentFacts> = {}, ledger = entry): PlaceState {
  const observe: EnvironmentFacts['observe'] = ({ namespace, secretName }) => {
    if (namespace === EU) return secretName === 'checkout' ? seen : undefined;
    return namespace === US ? present(secretView(wantedOf(held(US), 'production', version))) : undefined;
  };
  return placeState({ ...facts, observe, ...changes }, checkout, ledger, version, facts.target, held(EU));
}

const sibling = { kind: 'Secret', namespace: US, secretName: 'checkout' } as const;
const itself = { kind: 'Secret', namespace: EU, secretName: 'checkout' } as const;

describe('placeState', () => {
  test.each<{ name: string; seen: Observation | undefined; want: PlaceState }>([
    { name: 'leaves a Secret that fits', seen: present(delivered), want: { kind: 'Fits' } },
    { name: 'leaves a Secret that fits by the cache', seen: present(delivered, false), want: { kind: 'Fits' } },
    {
      name: 'creates where nothing is, from a sibling',
      seen: ABSENT,
      want: { kind: 'Deliver', target: { verb: 'Create', wanted, source: sibling, replaces: undefined } },
    },
    {
      name: 'creates where nobody looked',
      seen: undefined,
      want: { kind: 'Deliver', target: { verb: 'Create', wanted, source: sibling, replaces: undefined } },
    },
    {
      name: 'passes on that the namespace is missing',
      seen: { kind: 'NamespaceMissing' },
      want: { kind: 'NamespaceMissing' },
    },
    {
      name: 'passes on that the namespace is terminating',
      seen: { kind: 'NamespaceTerminating' },
      want: { kind: 'NamespaceTerminating' },
    },
    {
      name: 'passes on why a place cannot be reached',
      seen: { kind: 'Unreachable', cause: 'QuotaExceeded' },
      want: { kind: 'Unreachable', cause: 'QuotaExceeded' },
    },
    {
      name: 'waits for a Secret that is being deleted',
      seen: present({ ...delivered, deleting: true }),
      want: { kind: 'Waiting' },
    },
    { name: 'does not touch a foreign Secret', seen: present(foreignSecret(held(EU))), want: { kind: 'Conflict' } },
    {
      name: 'does not touch a Secret that another key proves, whatever labels say',
      seen: present({ ...delivered, proof: otherProof }),
      want: { kind: 'Conflict' },
    },
  ])('$name', ({ seen, want }) => {
    expect(judge(seen)).toEqual(want);
  });

  test.each<{ name: string; secret: SecretView; verb: 'Update' | 'Recreate'; source?: typeof itself | typeof sibling }>(
    [
      {
        name: 'repairs labels from the Secret itself',
        secret: { ...delivered, labels: {} },
        verb: 'Update',
        source: itself,
      },
      {
        name: 'repairs a Secret without a proof whose token the ledger knows',
        secret: { ...delivered, proof: undefined, annotations: {}, labels: {} },
        verb: 'Update',
        source: itself,
      },
      {
        name: 'repairs changed bytes from a sibling',
        secret: { ...delivered, digests: { token: digest('changed') } },
        verb: 'Update',
        source: sibling,
      },
      {
        name: 'repairs a Secret with other labels and bytes whose proof is that of the ledger',
        secret: { ...foreignSecret(held(EU)), proves: ({ version: proven }) => proven === 1 },
        verb: 'Update',
        source: sibling,
      },
      {
        name: 'makes an immutable Secret with other bytes anew, from a sibling',
        secret: { ...delivered, immutable: true, digests: { token: digest('changed') } },
        verb: 'Recreate',
        source: sibling,
      },
      {
        name: 'overwrites a foreign Secret that carries consent',
        secret: foreignSecret(held(EU), { annotations: { [ADOPT_ANNOTATION]: OWNER } }),
        verb: 'Update',
        source: sibling,
      },
      {
        name: "overwrites another key's Secret that carries consent",
        secret: { ...delivered, proof: otherProof, annotations: { [ADOPT_ANNOTATION]: OWNER } },
        verb: 'Update',
        source: itself,
      },
    ],
  )('$name', ({ secret, verb, source }) => {
    expect(judge(present(secret))).toEqual({ kind: 'Deliver', target: { verb, wanted, source, replaces: secret } });
  });

  test.each<{ name: string; secret: SecretView }>([
    { name: 'an immutable Secret', secret: { ...delivered, immutable: true, labels: {} } },
    { name: 'a Secret of another type', secret: { ...delivered, type: 'kubernetes.io/tls' } },
  ])('makes $name that carries the token anew only once the token is sealed', ({ secret }) => {
    expect(judge(present(secret))).toEqual({ kind: 'Waiting' });
    expect(judge(present(secret), { isSealed: ({ field }) => field === 'token' })).toEqual({
      kind: 'Deliver',
      target: { verb: 'Recreate', wanted, source: { kind: 'Sealed' }, replaces: secret },
    });
  });

  test('leaves an immutable Secret that is as wanted', () => {
    expect(judge(present({ ...delivered, immutable: true }))).toEqual({ kind: 'Fits' });
  });

  test('refuses consent while a foreign controller owns the Secret', () => {
    const owned = foreignSecret(held(EU), { annotations: { [ADOPT_ANNOTATION]: OWNER }, foreignController: true });
    expect(judge(present(owned))).toEqual({ kind: 'Conflict' });
  });

  test('does not create where another key has the older claim', () => {
    expect(judge(ABSENT, { isClaimedByOther: () => true })).toEqual({ kind: 'Conflict' });
  });

  test('keeps its own Secret although another key claims the place', () => {
    expect(judge(present(delivered), { isClaimedByOther: () => true })).toEqual({ kind: 'Fits' });
  });

  test('prefers what is sealed', () => {
    expect(judge(ABSENT, { isSealed: () => true })).toMatchObject({ target: { source: { kind: 'Sealed' } } });
  });

  test('copies from an owed place as well', () => {
    const leaving = productionEntry({ places: [held(EU), owed(US)] });
    expect(judge(ABSENT, {}, leaving)).toMatchObject({ target: { source: sibling } });
  });

  test('waits when no place it can read carries the token', () => {
    const observe: EnvironmentFacts['observe'] = ({ namespace }) =>
      namespace === EU ? ABSENT : { kind: 'Unreachable', cause: 'Forbidden' };
    expect(judge(ABSENT, { observe })).toEqual({ kind: 'Waiting' });
  });
});

describe('placeState, with a signing secret,', () => {
  const signed = { ...version, signingSecret: { id: 'whs_1', hash: `sha256:${digest('whsec')}` } };
  const wantedHere = wantedOf(held(EU), 'production', signed);
  const judgeSigned = (us: SecretView, isSealed: EnvironmentFacts['isSealed']): PlaceState => {
    const observe: EnvironmentFacts['observe'] = (place) =>
      placeKey(place) === placeKey(held(US)) ? present(us) : ABSENT;
    const signedEntry = productionEntry({ versions: [signed] });
    return placeState({ ...facts, observe, isSealed }, checkout, signedEntry, signed, facts.target, held(EU));
  };
  const complete = secretView(wantedOf(held(US), 'production', signed));
  const withoutSigning = { ...complete, digests: { ...complete.digests, 'signing-secret': digest('changed') } };

  test('copies the token from a sibling that lost the signing secret, which is sealed', () => {
    const state = judgeSigned(withoutSigning, ({ field }) => field === 'signingSecret');
    expect(state).toEqual({
      kind: 'Deliver',
      target: { verb: 'Create', wanted: wantedHere, source: sibling, replaces: undefined },
    });
  });

  test('does not copy from a sibling that lacks one of the values that are not sealed', () => {
    expect(judgeSigned(withoutSigning, () => false)).toEqual({ kind: 'Waiting' });
    expect(judgeSigned(complete, () => false)).toMatchObject({ target: { source: sibling } });
  });
});

describe('isOurs', () => {
  test.each<{ name: string; secret: SecretView; want: boolean }>([
    { name: 'a proof of this key', secret: delivered, want: true },
    { name: 'a proof of this key on other bytes', secret: { ...delivered, digests: {} }, want: true },
    { name: 'a proof of another key, even on our token', secret: { ...delivered, proof: otherProof }, want: false },
    {
      name: 'a proof of the key of this name in another project',
      secret: { ...delivered, proof: { ...otherProof, name: checkout.name, project: 'other' } },
      want: false,
    },
    {
      name: 'a proof of the key of this name in another namespace',
      secret: { ...delivered, proof: { ...otherProof, name: checkout.name, namespace: 'other' } },
      want: false,
    },
    { name: 'our token without a proof', secret: { ...delivered, proof: undefined }, want: true },
    { name: 'our labels without our token', secret: { ...delivered, proof: undefined, digests: {} }, want: false },
    { name: 'a foreign Secret', secret: foreignSecret(held(EU)), want: false },
  ])('answers $want for $name', ({ secret, want }) => {
    expect(isOurs(secret, checkout, entry)).toBe(want);
  });

  test('knows a token of a version that is long retired', () => {
    const versions = [versionEntry('production', 2), versionEntry('production', 1, { state: 'Retired' })];
    expect(isOurs({ ...delivered, proof: undefined }, checkout, productionEntry({ versions }))).toBe(true);
  });

  test('believes only a proof at no place of the ledger', () => {
    expect(isOurs({ ...delivered, proof: undefined }, checkout, undefined)).toBe(false);
    expect(isOurs(delivered, checkout, undefined)).toBe(true);
  });
});

describe('isProofOf', () => {
  test('asks for a proof', () => {
    expect(isProofOf(undefined, checkout)).toBe(false);
  });
});

describe('isConsented', () => {
  const consenting = foreignSecret(held(EU), { annotations: { [ADOPT_ANNOTATION]: OWNER } });

  test.each<{ name: string; secret: SecretView; want: boolean }>([
    { name: 'the key named in full', secret: consenting, want: true },
    { name: 'no annotation', secret: foreignSecret(held(EU)), want: false },
    {
      name: 'another key named',
      secret: { ...consenting, annotations: { [ADOPT_ANNOTATION]: `${OWNER}-2` } },
      want: false,
    },
    { name: 'a foreign controller', secret: { ...consenting, foreignController: true }, want: false },
  ])('answers $want for $name', ({ secret, want }) => {
    expect(isConsented(secret, ownerOf(checkout))).toBe(want);
  });
});
