import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../../src/api/generated/crypto-key.ts';
import { ALLOW_IMPORT_LABEL } from '../../../../../src/api/labels.ts';
import { Reason } from '../../../../../src/api/conditions.ts';
import { PATIENCE_MS } from '../../../../../src/controllers/imports/import-judge.ts';
import { readImports } from '../../../../../src/controllers/key/gather/gather-imports.ts';
import type { ImportFacts } from '../../../../../src/controllers/planning/import-facts.ts';
import type { PolicyFacts } from '../../../../../src/controllers/planning/key-rules.ts';
import type { KeyPorts } from '../../../../../src/controllers/shared/ports.ts';
import { publicFacts } from '../../../../../src/keys/crypto/public-facts.ts';
import { JobError } from '../../../../../src/threads/job-error.ts';
import { eventually } from '../../../../support/harness/eventually.ts';
import { ApiError, ConnectionError } from '../../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../../src/kube/objects/objects.ts';
import { materialHash } from '../../../../../src/sealing/material-hash.ts';
import { Peppers, type Pepper } from '../../../../../src/sealing/peppers.ts';
import { revokedMark } from '../../../../../src/sealing/revoked-versions.ts';
import {
  cryptoEnvironment,
  cryptoFacts,
  cryptoKeyOf,
  cryptoLedger,
  cryptoRecord,
  cryptoVersion,
} from '../../../../support/partner-key.ts';
import { pepperOne, readyInstallation, rotatedPeppers } from '../../../../support/crypto-record.ts';
import { JudgingHere, judgingDesk } from '../../../../support/judging.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { keyProjectOf, NOW, projectFacts } from '../../../../support/facts.ts';
import { privateSample } from '../../../../support/key-samples.ts';
import { recordContext } from '../../../../support/sealing.ts';
import { WipedBytes } from '../../../../support/wiped-bytes.ts';

const { signal } = new AbortController();
const spec: Partial<CryptoKeySpec> = { import: { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } } };
const keyA = Buffer.from(privateSample('EC-P256').bytes);
const keyB = Buffer.from(privateSample('EC-P256').bytes);
const hashUnder = (peppers: readonly Pepper[], bytes: Uint8Array): string => new Peppers(peppers).keyedHash(bytes);

interface Given {
  readonly spec?: Partial<CryptoKeySpec>;
  readonly facts?: Partial<PolicyFacts>;
  /** Of the Secret that is imported; undefined: it is not there. */
  readonly content?: Uint8Array | undefined;
  readonly peppers?: readonly Pepper[];
  readonly failure?: Error;
  /** Of what judges; absent: it judges here. */
  readonly judge?: JudgingHere['judge'];
  readonly clock?: FakeClock;
}

interface Answered {
  readonly imports: ReadonlyMap<string, ImportFacts>;
  readonly reads: number;
  readonly judged: number;
}

async function gathered({
  facts = {},
  content,
  peppers = [pepperOne],
  failure,
  judge,
  clock = new FakeClock(NOW),
  ...given
}: Given): Promise<Answered> {
  let reads = 0;
  const get = (): Promise<Secret> => {
    reads += 1;
    if (failure !== undefined) return Promise.reject(failure);
    if (content === undefined) return Promise.reject(new ApiError({ status: 404, reason: 'NotFound', message: '' }));
    const metadata = { name: 'partner-keys', labels: { [ALLOW_IMPORT_LABEL]: 'true' } };
    const data = { 'prod.pem': Buffer.from(content).toString('base64') };
    return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata, data });
  };
  const judging = new JudgingHere();
  const ports = {
    judging: judgingDesk(judge === undefined ? judging : { judge }, clock),
    placeClient: { get },
    importKeys: { state: undefined },
    clock,
    operatorNamespace: 'keywright-system',
    caches: { records: { lister: { list: () => [] } } },
    installation: readyInstallation(recordContext(), peppers),
  } as unknown as KeyPorts;
  const imports = await readImports(ports, cryptoFacts(given.spec ?? spec, facts), signal);
  return { imports, reads, judged: judging.judged };
}

/** Production was imported from a source with this hash. */
function importedFrom(source: string): Partial<PolicyFacts> {
  const version = cryptoVersion('production', 1, { origin: 'Imported', source });
  return { record: cryptoRecord({ environments: [cryptoEnvironment('production', [version])] }) };
}

describe('readImports, of a key that nothing may be done for', () => {
  const deleting = cryptoKeyOf(spec);
  const metadata = { ...deleting.metadata, deletionTimestamp: NOW.toISOString() };

  test.each<{ name: string; facts: Partial<PolicyFacts> }>([
    { name: 'whose project is missing', facts: { project: { kind: 'Missing' } } },
    { name: 'whose project is not claimed yet', facts: { project: { kind: 'Unclaimed' } } },
    {
      name: 'whose project another installation owns',
      facts: { project: { kind: 'Elsewhere', owner: 'other', installation: 'own', reportedBy: 'Owner' } },
    },
    { name: 'that is being deleted', facts: { object: { ...deleting, metadata } } },
    { name: 'whose installation has no peppers', facts: { installation: 'PeppersMissing' } },
    { name: 'whose installation has no KEK', facts: { installation: 'KEKMissing' } },
    {
      name: 'whose namespace is no author of the project',
      facts: { project: projectFacts(keyProjectOf({ authorNamespaces: [] })) },
    },
    { name: 'whose name another namespace has', facts: { record: cryptoRecord({ namespace: 'someone-else' }) } },
    { name: 'of another type than was issued', facts: { record: cryptoRecord({ type: 'OpenPGP' }) } },
  ])('reads no Secret of one $name', async ({ facts }) => {
    expect(await gathered({ facts, content: keyA })).toEqual({ imports: new Map(), reads: 0, judged: 0 });
  });

  test('reads no Secret of a key that is revoked as a whole', async () => {
    const revoked = { ...spec, revocation: { reason: 'Compromised' as const } };
    const { imports, reads } = await gathered({ spec: revoked, content: keyA });
    expect([...imports]).toEqual([
      ['staging', { kind: 'Unread' }],
      ['production', { kind: 'Unread' }],
    ]);
    expect(reads).toBe(0);
  });

  test('reads none where nothing is imported', async () => {
    expect(await gathered({ spec: {}, content: keyA })).toEqual({ imports: new Map(), reads: 0, judged: 0 });
  });
});

describe('readImports', () => {
  test('tells of each environment the keyed hash of what its source holds', async () => {
    const hash = hashUnder([pepperOne], keyA);
    const { imports, reads, judged } = await gathered({ content: keyA });
    expect([...imports]).toMatchObject([
      ['staging', { kind: 'Read', sourceHash: hash }],
      ['production', { kind: 'Read', sourceHash: hash }],
    ]);
    expect(reads).toBe(2);
    expect(judged).toBe(1);
  });

  test('judges equal bytes once, also such as are refused', async () => {
    const { imports, judged } = await gathered({ content: Buffer.from('no key at all') });
    expect([...imports.values()].map(({ kind }) => kind)).toEqual(['Refused', 'Refused']);
    expect(judged).toBe(1);
  });

  test('tells another hash of other bytes than those that were imported', async () => {
    const { imports } = await gathered({ content: keyB, facts: importedFrom(hashUnder([pepperOne], keyA)) });
    expect(imports.get('production')).toMatchObject({ kind: 'Read', sourceHash: hashUnder([pepperOne], keyB) });
  });

  test('knows bytes that were imported under an older pepper, and keeps their hash', async () => {
    const hash = hashUnder([pepperOne], keyA);
    const { imports } = await gathered({ content: keyA, facts: importedFrom(hash), peppers: rotatedPeppers });
    expect(imports.get('production')).toMatchObject({ kind: 'Read', sourceHash: hash });
    // Staging has imported nothing yet.
    expect(imports.get('staging')).toMatchObject({ kind: 'Read', sourceHash: hashUnder(rotatedPeppers, keyA) });
  });

  test('does not judge again what was imported, so that a check we add later stops no key in use', async () => {
    const bad = Buffer.from('no key at all');
    const hash = hashUnder([pepperOne], bad);
    const { imports } = await gathered({ content: bad, facts: importedFrom(hash) });
    expect(imports.get('production')).toMatchObject({ kind: 'Read', sourceHash: hash });
    expect(imports.get('staging')).toMatchObject({ kind: 'Refused', reason: Reason.MalformedKey });
  });

  test('tells how the ledger may have the key, whatever bytes that was imported from', async () => {
    const pem = createPrivateKey({ key: keyA, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'sec1' });
    const hash = materialHash(new Peppers([pepperOne]), cryptoLedger(), keyA);
    using wiped = new WipedBytes();
    const { imports } = await gathered({ content: Buffer.from(pem), peppers: rotatedPeppers });
    expect(imports.get('production')).toMatchObject({
      kind: 'Read',
      hashes: expect.arrayContaining([hash]) as unknown,
    });
    expect(wiped.has(keyA)).toBe(true);
  });

  test('judges bytes that another version was imported from, as only the current one counts', async () => {
    const bad = Buffer.from('no key at all');
    const versions = [
      cryptoVersion('production', 2, { origin: 'Imported', source: hashUnder([pepperOne], keyA) }),
      cryptoVersion('production', 1, { source: hashUnder([pepperOne], bad) }, { state: 'Retired' }),
    ];
    const record = cryptoRecord({ environments: [cryptoEnvironment('production', versions)] });
    const { imports } = await gathered({ content: bad, facts: { record } });
    expect(imports.get('production')?.kind).toBe('Refused');
  });

  test.each([
    { name: 'bytes', environment: 'production' },
    { name: 'key, written otherwise, in another environment', environment: 'staging' },
  ])('refuses the very $name that were revoked here', async ({ environment }) => {
    const { fingerprint = '' } = await publicFacts({ algorithm: 'EC-P256', form: 'Pkcs8', bytes: keyA });
    const versions = [cryptoVersion('production', 1, { fingerprint }, { state: 'Revoked' })];
    const revocation = { reason: 'Compromised', since: NOW.toISOString(), throughVersion: 1 } as const;
    const record = cryptoRecord({ environments: [cryptoEnvironment('production', versions)], revocation });
    const pem = createPrivateKey({ key: keyA, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'sec1' });
    using wiped = new WipedBytes();
    const content = environment === 'production' ? keyA : Buffer.from(pem);
    const { imports } = await gathered({ content, facts: { record } });
    const marks = versions.map(revokedMark);
    expect(imports.get(environment)).toMatchObject({ kind: 'Refused', reason: Reason.RevokedMaterial, marks });
    expect(wiped.has(keyA)).toBe(true);
  });

  test('says that a source is missing', async () => {
    const { imports } = await gathered({ content: undefined });
    expect(imports.get('production')).toMatchObject({ kind: 'Missing', reason: Reason.ImportSourceMissing });
  });

  test('says why a key is refused, and quotes none of it', async () => {
    const { imports } = await gathered({ content: Buffer.from('canary, no key') });
    expect(imports.get('production')).toMatchObject({ kind: 'Refused', reason: Reason.MalformedKey });
    expect(JSON.stringify([...imports])).not.toContain('canary');
  });

  test('fails with the server while nothing is imported, and so concludes nothing', async () => {
    const failure = new ConnectionError('timeout', 'no answer');
    await expect(gathered({ failure, facts: { record: { kind: 'Absent' } } })).rejects.toBe(failure);
  });

  test('has no answer for a key that was imported, which goes on without its source', async () => {
    const failure = new ConnectionError('timeout', 'no answer');
    const only = { environments: [{ name: 'production', import: { secretKeyRef: { name: 'keys', key: 'key' } } }] };
    const { imports } = await gathered({ failure, spec: { ...spec, ...only }, facts: importedFrom('hmac-sha256:p:0') });
    expect([...imports.values()]).toEqual([{ kind: 'Unanswered', namespace: 'payments-config' }]);
  });

  test('waits no longer than a moment for a key to be judged', async () => {
    const clock = new FakeClock(NOW);
    const judge = (): Promise<never> => new Promise(() => undefined);
    const gathering = gathered({ content: keyA, judge, clock });
    await eventually(() => expect(clock.sleeping).toBe(1));
    await clock.advance(PATIENCE_MS);
    const { imports } = await gathering;
    expect([...imports.values()]).toEqual([{ kind: 'Checking' }, { kind: 'Checking' }]);
  });

  test.each<Partial<CryptoKeySpec>>([{ suspended: true }, { revocation: { reason: 'Superseded', throughVersion: 1 } }])(
    'does not wait while it is to be restricted: %j',
    async (restricted) => {
      const judge = (): Promise<never> => new Promise(() => undefined);
      const { imports } = await gathered({ spec: { ...spec, ...restricted }, content: keyA, judge });
      expect([...imports.values()]).toEqual([{ kind: 'Checking' }, { kind: 'Checking' }]);
    },
  );

  test('has no answer where the thread that judges ended, and goes on without', async () => {
    const judge = (): Promise<never> => Promise.reject(new JobError('WorkerLost'));
    const { imports } = await gathered({ content: keyA, judge });
    const unanswered = { kind: 'Unanswered', namespace: 'payments-config', isRead: true };
    expect([...imports.values()]).toEqual([unanswered, unanswered]);
  });

  test.each([
    { name: 'was accepted', content: keyA, facts: {} },
    { name: 'was known', content: keyA, facts: importedFrom(hashUnder([pepperOne], keyA)) },
    { name: 'was refused', content: Buffer.from('no key at all'), facts: {} },
  ])('wipes what it read when it $name', async ({ content, facts }) => {
    using wiped = new WipedBytes();
    await gathered({ content, facts });
    expect(wiped.has(content)).toBe(true);
  });

  test('holds no byte of a key in what it tells', async () => {
    const { imports } = await gathered({ content: keyA });
    const told = JSON.stringify([...imports]);
    for (const encoding of ['base64', 'hex', 'latin1'] as const) {
      expect(told).not.toContain(keyA.toString(encoding).slice(0, 24));
    }
  });
});
