/** How planning tells imported tokens from minted ones, and what it does about those that are lost. */
import { describe, expect, test } from 'vitest';
import { API_KEY_RULES } from '../../../../src/controllers/api-key/rules.ts';
import { importDeclarations } from '../../../../src/controllers/api-key/spec.ts';
import { carriesMaterial, type EnvironmentFacts } from '../../../../src/controllers/planning/environment-facts.ts';
import { planEnvironment } from '../../../../src/controllers/planning/environment-plan.ts';
import type { ImportFacts } from '../../../../src/controllers/planning/import-facts.ts';
import { isOurs, placeState, type PlaceState } from '../../../../src/controllers/planning/place-state.ts';
import type { EnvironmentEdit, MaterialOrder } from '../../../../src/controllers/planning/record-change.ts';
import type { SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import { fits } from '../../../../src/controllers/planning/wanted-secret.ts';
import { Reason } from '../../../../src/api/conditions.ts';
import type { EnvironmentEntry } from '../../../../src/sealing/ledger.ts';
import {
  ABSENT,
  apiKeyOf,
  digest,
  EU,
  held,
  keyedHash,
  keyProjectOf,
  mintFactsOf,
  present,
  productionEntry,
  secretView,
  settled,
  US,
  versionEntry,
  wantedOf,
} from '../../../support/facts.ts';
import { checkout } from '../../../support/sealing.ts';

const REF = { secretKeyRef: { name: 'old', key: 'token' } };
const HASH = keyedHash(digest('theirs'));
const imported = versionEntry('production', 1, { hash: HASH, mask: '***' });
const entry: EnvironmentEntry = productionEntry({ versions: [imported] });
const wanted = wantedOf(held(EU), 'production', imported);
const delivered = secretView(wanted, { digests: { ...wanted.digests, token: digest('theirs') } });

const read = (sourceHash: string): ImportFacts => ({ kind: 'Read', sourceHash });
const missing: ImportFacts = { kind: 'Missing', reason: Reason.ImportSourceMissing, message: 'gone' };
const nowhere: Pick<EnvironmentFacts, 'observe'> = { observe: () => ABSENT };
const everywhere: Pick<EnvironmentFacts, 'observe'> = { observe: () => present(delivered) };

function plan(given: Partial<EnvironmentFacts>): EnvironmentEdit {
  return planEnvironment({ ...mintFactsOf('production'), entry, ...given });
}

describe('planEnvironment', () => {
  test.each<[string, ImportFacts | undefined]>([
    ['its source holds it', read(HASH)],
    ['its source is gone', missing],
    ['the spec imports nothing any more', undefined],
  ])('leaves an imported token as it is while %s', (_name, facts) => {
    expect(plan({ ...everywhere, imported: facts })).toEqual({ entry, needsLive: false });
  });

  test('mints a version of another token as soon as the source holds one', () => {
    const material: MaterialOrder = { kind: 'ImportedToken', sourceHash: keyedHash('new'), signingSecret: false };
    const edit = plan({ ...everywhere, imported: read(keyedHash('new')), newMaterial: () => material });
    expect(edit.mint).toEqual({ cause: 'ImportChanged', material });
  });

  test('mints a version when a minted token is to be replaced by an imported one', () => {
    const minted = mintFactsOf('production');
    expect(planEnvironment({ ...minted, imported: read(HASH) }).mint?.cause).toBe('ImportChanged');
  });

  test('seals a lost token again from its source, as the same version', () => {
    const edit = plan({ ...nowhere, imported: read(HASH) });
    expect(edit).toMatchObject({
      entry,
      seal: { environment: 'production', version: 1, field: 'token', hash: HASH, places: [], isReimported: true },
    });
    expect(edit.mint).toBeUndefined();
  });

  test('does nothing more once it is sealed', () => {
    const edit = plan({ ...nowhere, imported: read(HASH), isSealed: ({ field }) => field === 'token' });
    expect(edit).toEqual({ entry, needsLive: false });
  });

  test.each<[string, ImportFacts | undefined]>([
    ['its source is gone', missing],
    ['the spec imports nothing any more', undefined],
  ])('mints nothing for a lost token when %s', (_name, facts) => {
    expect(plan({ ...nowhere, imported: facts })).toEqual({ entry, needsLive: false });
  });
});

describe('placeState', () => {
  const state = (given: Partial<EnvironmentFacts>): PlaceState => {
    const facts = mintFactsOf('production');
    return placeState({ ...facts, entry, ...given }, checkout, entry, imported, facts.target, held(EU));
  };

  test('fits a Secret that carries the imported token', () => {
    expect(state(everywhere)).toEqual({ kind: 'Fits' });
  });

  test('says of a lost token that only its source can give it back', () => {
    expect(state(nowhere)).toEqual({ kind: 'SourceMissing' });
  });

  test('waits while a place that may carry it cannot be read', () => {
    const observe: EnvironmentFacts['observe'] = ({ namespace }) =>
      namespace === US ? { kind: 'Unreachable', cause: 'Forbidden' } : ABSENT;
    expect(state({ observe })).toEqual({ kind: 'Waiting' });
  });

  test('copies it from a sibling', () => {
    const observe: EnvironmentFacts['observe'] = ({ namespace }) => (namespace === US ? present(delivered) : ABSENT);
    expect(state({ observe })).toMatchObject({
      kind: 'Deliver',
      target: { source: { kind: 'Secret', namespace: US } },
    });
  });
});

describe('A Secret with an imported token', () => {
  test.each<[string, Partial<SecretView>]>([
    ['other bytes', { digests: { ...delivered.digests, token: digest('planted') } }],
    ['no token', { digests: wanted.digests }],
  ])('with %s does not fit', (_name, changes) => {
    expect(fits({ ...delivered, ...changes }, wanted)).toBe(false);
  });

  test('is ours by its token where labels, annotations and proof are gone', () => {
    const stripped: SecretView = { ...delivered, labels: {}, annotations: {}, proof: undefined };
    expect(isOurs(stripped, checkout, entry)).toBe(true);
    expect(carriesMaterial(present(stripped), imported)).toBe(true);
  });

  test('carries it although another value was edited, so that the proof covers it no longer', () => {
    const { proof } = delivered;
    const edited = { ...delivered, proof: proof && { ...proof, isIntact: false } };
    expect(carriesMaterial(present(edited), imported)).toBe(true);
  });

  test('says so, and no digest of the token is wanted', () => {
    expect(wanted.annotations).toMatchObject({ 'keywright.dev/origin': 'Imported' });
    expect(wanted.digests).not.toHaveProperty('token');
  });

  test('does not tell a settlement its plain hash', () => {
    const known = { keyId: imported.keyId, prefix: () => 'sk_live' };
    expect(API_KEY_RULES.settlement.fromSecret(delivered, known)).toBeUndefined();
  });
});

describe('importDeclarations', () => {
  const material = { kind: 'Token' };

  test('takes the import of the environment, or that of the whole key', () => {
    const one = apiKeyOf({ environments: [{ name: 'staging' }], import: REF });
    expect(importDeclarations(one)).toEqual([{ environment: 'staging', source: REF, material }]);
    const two = apiKeyOf({ environments: [{ name: 'staging' }, { name: 'production', import: REF }] });
    expect(importDeclarations(two)).toEqual([{ environment: 'production', source: REF, material }]);
  });

  test('are none where nothing is imported', () => {
    expect(importDeclarations(apiKeyOf())).toEqual([]);
  });
});

describe('API_KEY_RULES.newMaterial', () => {
  test.each<[string, ImportFacts | undefined, object]>([
    ['what was read', read(HASH), { kind: 'ImportedToken', sourceHash: HASH, signingSecret: true }],
    ['a minted token where nothing is imported', undefined, { kind: 'Token', signingSecret: true }],
  ])('is %s', (_name, facts, order) => {
    const imports = new Map(facts === undefined ? [] : [['production', facts]]);
    const given = settled({ object: apiKeyOf({ signingSecret: {} }), imports });
    const { target } = mintFactsOf('production');
    expect(API_KEY_RULES.newMaterial({ ...given, projectSpec: keyProjectOf().spec }, target)).toMatchObject(order);
  });
});
