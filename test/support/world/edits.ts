import fc from 'fast-check';
import type { ApiKeySpec } from '../../../src/api/generated/api-key.ts';
import type { CryptoKeySpec } from '../../../src/api/generated/crypto-key.ts';
import type { KeySpec } from '../../../src/api/key-object.ts';
import type { WorldEvent } from './events.ts';
import { REFUSED, TAKEN } from './sources.ts';

/** What the author of one kind of key does to it. */
export interface KeyEdits {
  readonly any: fc.Arbitrary<WorldEvent>;
  /** Nothing expires, and every source holds a good key. */
  readonly good: fc.Arbitrary<WorldEvent>;
  /** What is worth trying around the absence of an environment. */
  readonly absences: readonly Absence[];
}

interface Absence {
  /** Before the environment leaves. */
  readonly before: readonly WorldEvent[];
  /** Just before it comes back. */
  readonly meanwhile: readonly WorldEvent[];
}

const PLAIN_ABSENCE: Absence = { before: [], meanwhile: [] };

const edit = (spec: Partial<KeySpec>, without: readonly string[] = []): WorldEvent => ({
  kind: 'editKey',
  spec,
  without,
});

/** A field whose presence says everything. */
const toggled = (field: string): fc.Arbitrary<WorldEvent> =>
  fc.boolean().map((isThere) => edit(isThere ? { [field]: {} } : {}, [field]));

const someEnvironments = fc.subarray(['staging', 'production'], { minLength: 1 });

/** Absolute times far around NOW, so that time passing crosses them. */
const expiry = fc
  .constantFrom(undefined, -1, 1, 30)
  .map((hours) =>
    hours === undefined
      ? {}
      : { expiresAt: `${new Date(Date.UTC(2027, 2, 1, 12 + hours)).toISOString().slice(0, 19)}Z` },
  );

const suspended = fc.boolean().map((isSuspended) => edit({ suspended: isSuspended }));

const recoveryWindow = fc.constantFrom('0s', '1h', '48h').map((window) => edit({ recoveryWindow: window }));

const secretNames = fc.constantFrom(['checkout'], ['renamed'], ['checkout', 'renamed']);

const environments = someEnvironments.map((names) => edit({ environments: names.map((name) => ({ name })) }));

const outputs = secretNames.map((names) =>
  edit({ outputs: names.map((secretName, index) => ({ name: `out-${index}`, secretName })) }),
);

/** Everything that a rotation can be asked with, and taken back again. */
const rotation = fc
  .record({
    trigger: fc.constantFrom(undefined, '', 'leak', 'drill'),
    overlap: fc.constantFrom(undefined, '0s', '1h', '30h'),
    interval: fc.constantFrom(undefined, undefined, '1h', '24h'),
  })
  .map(({ trigger, overlap, interval }) =>
    edit({
      rotation: {
        ...(trigger !== undefined && { trigger }),
        ...(overlap !== undefined && { overlap }),
        ...(interval !== undefined && { interval }),
      },
    }),
  );

const goodRotation = fc
  .constantFrom({ trigger: 'leak' }, { trigger: 'drill', overlap: '1h' }, { interval: '24h' }, {})
  .map((declared) => edit({ rotation: declared }));

/** Through a version that was issued or not, as a whole, or taken back. */
const revocation = fc
  .constantFrom(undefined, undefined, 1, 1, 2, 3, 9, Number.POSITIVE_INFINITY)
  .map((through) =>
    edit(
      through === undefined
        ? {}
        : { revocation: { reason: 'Compromised', ...(Number.isFinite(through) && { throughVersion: through }) } },
      ['revocation'],
    ),
  );

const deletionPolicy = fc
  .constantFrom('Delete' as const, 'Retain' as const)
  .map((policy) => edit({ deletionPolicy: policy }));

const lifecycle = [rotation, revocation, deletionPolicy];

const apiKey = (spec: Partial<ApiKeySpec>): WorldEvent => edit(spec);

const SOURCES = ['one', 'two'];

const importOf = (key: string): Pick<CryptoKeySpec, 'import'> => ({
  import: { secretKeyRef: { name: 'partner-keys', key } },
});

const editSource = (
  contents: readonly (string | undefined)[],
  sources: readonly string[] = SOURCES,
): fc.Arbitrary<WorldEvent> =>
  fc
    .tuple(fc.constantFrom(...sources), fc.constantFrom(...contents))
    .map(([source, holds]): WorldEvent => ({ kind: 'editSource', source, holds }));

/** Each environment has a token of its own: the sources may be one and the same, which is refused. */
const tokenImports = (...sources: readonly (readonly [string | undefined, string | undefined])[]) =>
  fc.constantFrom(...sources).map((keys) =>
    apiKey({
      environments: ['staging', 'production'].map((name, at) => {
        const key = keys[at];
        return { name, ...(key !== undefined && importOf(key)) };
      }),
    }),
  );

const recoverable = fc.boolean().map((isRecoverable) => apiKey({ recoverable: isRecoverable }));

export const API_KEY_EDITS: KeyEdits = {
  any: fc.oneof(
    fc
      .tuple(someEnvironments, expiry)
      .map(([names, ends]) => edit({ environments: names.map((name) => ({ name, ...ends })) })),
    suspended,
    recoverable,
    recoveryWindow,
    toggled('signingSecret'),
    outputs,
    tokenImports(['one', undefined], [undefined, 'one'], ['one', 'two'], ['two', 'one'], ['one', 'one']),
    editSource(['a', 'b', REFUSED, TAKEN, undefined]),
    fc
      .constantFrom(['charges.read'], ['charges.read', 'charges.write'], ['refunds.read'])
      .map((scopes) => apiKey({ scopes })),
    ...lifecycle,
  ),
  good: fc.oneof(
    environments,
    suspended,
    recoverable,
    toggled('signingSecret'),
    outputs,
    goodRotation,
    tokenImports(['one', undefined], ['one', 'two']),
    editSource(['a', 'b', 'c'], ['one']),
    editSource(['x', 'y'], ['two']),
  ),
  absences: [PLAIN_ABSENCE],
};

const cryptoKey = (spec: Partial<CryptoKeySpec>, without: readonly string[] = []): WorldEvent => edit(spec, without);

/** Of the whole key; taken away again it leaves what was imported. */
const importing = fc
  .constantFrom(undefined, ...SOURCES)
  .map((key) => cryptoKey(key === undefined ? {} : { ...importOf(key), algorithm: 'EC-P256' }, ['import']));

const renderedOutputs = fc
  .tuple(secretNames, fc.constantFrom('out', 'app'), fc.constantFrom(['PEM'], ['PEM', 'DER'], ['DER']))
  .map(([names, name, formats]) =>
    cryptoKey({
      outputs: names.map((secretName, index) => ({ name: `${name}-${index}`, secretName, formats }) as never),
    }),
  );

const algorithm = fc
  .constantFrom('EC-P256' as const, 'EC-P256' as const, 'Ed25519' as const)
  .map((asked) => cryptoKey({ algorithm: asked }));

/** Every source has a key of the one that all keys have at first. */
const mintedAlgorithm = fc
  .constantFrom('EC-P256' as const, 'Ed25519' as const)
  .map((asked) => cryptoKey({ algorithm: asked }, ['import']));

const alias = fc
  .tuple(someEnvironments, fc.constantFrom('hsm-1', 'hsm-2'))
  .map(([names, given]) => cryptoKey({ environments: names.map((name) => ({ name, alias: given })) }));

const ownImport = fc
  .tuple(someEnvironments, fc.constantFrom(...SOURCES), expiry)
  .map(([names, key, ends]) =>
    cryptoKey({ environments: names.map((name, at) => ({ name, ...ends, ...(at === 0 && importOf(key)) })) }),
  );

const expiring = fc
  .tuple(someEnvironments, expiry)
  .map(([names, ends]) => edit({ environments: names.map((name) => ({ name, ...ends })) }));

const sharedEdits = [
  suspended,
  recoveryWindow,
  toggled('passphrase'),
  renderedOutputs,
  algorithm,
  alias,
  importing,
  expiring,
  ...lifecycle,
];
const goodCryptoEdits: KeyEdits['good'] = fc.oneof(
  environments,
  suspended,
  toggled('passphrase'),
  renderedOutputs,
  mintedAlgorithm,
  alias,
  importing,
  editSource(['a', 'b', 'c']),
  goodRotation,
);

const holding = (source: string, holds: string | undefined): WorldEvent => ({ kind: 'editSource', source, holds });

/** The source of an import stays, changes, turns bad or goes while its environment is away. */
const absences: readonly Absence[] = [
  PLAIN_ABSENCE,
  ...['a', REFUSED, undefined].map((holds) => ({
    before: [holding('one', 'a'), cryptoKey(importOf('one'))],
    meanwhile: [holding('one', holds)],
  })),
];

export const SHARED_KEY_EDITS: KeyEdits = {
  any: fc.oneof(...sharedEdits, editSource(['a', 'b', REFUSED, undefined])),
  good: goodCryptoEdits,
  absences,
};

export const CRYPTO_KEY_EDITS: KeyEdits = {
  any: fc.oneof(...sharedEdits, ownImport, editSource(['a', 'b', REFUSED, undefined])),
  good: goodCryptoEdits,
  absences,
};
