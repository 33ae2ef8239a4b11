import { describe, expect, test } from 'vitest';
import { ADOPT_ANNOTATION, MANAGED_LABEL, OWNER_ANNOTATION, VERSION_ANNOTATION } from '../../../../src/api/labels.ts';
import type { SecretView } from '../../../../src/controllers/planning/secret-view.ts';
import { fits, fitsButForPrevious, mustBeRecreated } from '../../../../src/controllers/planning/wanted-secret.ts';
import { wantedCryptoSecret } from '../../../../src/controllers/crypto-key/wanted.ts';
import { cryptoKeyOf, cryptoVersion, signing } from '../../../support/crypto-facts.ts';
import { digest, EU, held, hoursFromNow, OWNER, secretView, versionEntry, wantedOf } from '../../../support/facts.ts';

const signingSecret = { id: 'whs_1', hash: `sha256:${digest('whsec')}` };
const version = versionEntry('production', 1, { signingSecret });
const wanted = wantedOf(held(EU), 'production', version, hoursFromNow(24));
const delivered = secretView(wanted);
const { proof } = delivered;
if (proof === undefined) throw new RangeError('The delivered Secret has a proof');

describe('fits', () => {
  test('accepts a Secret just as wanted', () => {
    expect(fits(delivered, wanted)).toBe(true);
  });

  test.each<{ name: string; given: Partial<SecretView> }>([
    { name: 'labels of others', given: { labels: { ...delivered.labels, team: 'x' } } },
    { name: 'annotations of others', given: { annotations: { ...delivered.annotations, note: 'x' } } },
    { name: 'a proof of an older record', given: { proof: { ...proof, sequence: 1 } } },
    { name: 'finalizers of others', given: { hasFinalizers: true } },
    { name: 'that it is immutable', given: { immutable: true } },
  ])('does not mind $name', ({ given }) => {
    expect(fits({ ...delivered, ...given }, wanted)).toBe(true);
  });

  const without = (map: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(map).filter(([key]) => key !== name));

  test.each<{ name: string; given: Partial<SecretView> }>([
    { name: 'another type', given: { type: 'kubernetes.io/tls' } },
    { name: 'a Secret that is being deleted', given: { deleting: true } },
    { name: 'no valid proof', given: { proof: undefined } },
    { name: 'a proof of another environment', given: { proof: { ...proof, environment: 'staging' } } },
    { name: 'a proof of other contents', given: { proof: { ...proof, isIntact: false } } },
    { name: 'a proof of another version', given: { proof: { ...proof, version: 2 } } },
    { name: 'a proof of another key id', given: { proof: { ...proof, keyId: 'other' } } },
    {
      name: 'consent that is still there',
      given: { annotations: { ...delivered.annotations, [ADOPT_ANNOTATION]: OWNER } },
    },
    { name: 'a missing label of ours', given: { labels: without(delivered.labels, MANAGED_LABEL) } },
    { name: 'a changed label of ours', given: { labels: { ...delivered.labels, 'keywright.dev/company': 'other' } } },
    { name: 'a missing annotation of ours', given: { annotations: without(delivered.annotations, OWNER_ANNOTATION) } },
    {
      name: 'a changed annotation of ours',
      given: { annotations: { ...delivered.annotations, [VERSION_ANNOTATION]: '2' } },
    },
    { name: 'another token', given: { digests: { ...delivered.digests, token: digest('other') } } },
    { name: 'another signing secret', given: { digests: { ...delivered.digests, 'signing-secret': digest('other') } } },
    { name: 'another expiry', given: { digests: { ...delivered.digests, 'expires-at': digest('other') } } },
    { name: 'a missing data key', given: { digests: without(delivered.digests, 'signing-secret') } },
    { name: 'an extra data key', given: { otherDataKeys: 1 } },
  ])('refuses $name', ({ given }) => {
    expect(fits({ ...delivered, ...given }, wanted)).toBe(false);
  });
});

describe('fitsButForPrevious', () => {
  const overlapping = { ...delivered, digests: { ...delivered.digests, 'previous.token': digest('the one before') } };

  test('knows a Secret that still holds what was superseded', () => {
    expect(fitsButForPrevious(overlapping, wanted)).toBe(true);
  });

  test.each<{ name: string; given: Partial<SecretView>; at?: Partial<typeof wanted> }>([
    { name: 'a Secret just as wanted', given: { digests: delivered.digests } },
    { name: 'one that holds what nobody of us put there', given: { proof: { ...proof, isIntact: false } } },
    { name: 'one that differs in more', given: { digests: { ...overlapping.digests, token: digest('other') } } },
    { name: 'one that is wanted so', given: {}, at: { previous: { version: 1, keyId: 'k', hasSigningSecret: false } } },
  ])('is not $name', ({ given, at }) => {
    expect(fitsButForPrevious({ ...overlapping, ...given }, { ...wanted, ...at })).toBe(false);
  });

  test('looks past what the layout of a crypto key tells of it', () => {
    const placed = { place: held(EU), environment: 'production', version: cryptoVersion('production', 2) };
    const owner = { identity: signing, company: undefined };
    const current = { ...placed, object: cryptoKeyOf() };
    const both = wantedCryptoSecret(owner, { ...current, previous: cryptoVersion('production', 1) });
    const { keyId } = placed.version;
    const secret = secretView(both, {
      digests: { 'private.pem': 'one', 'previous.private.pem': 'other' },
      proof: { ...proof, ...signing, version: 2, keyId },
    });
    expect(fitsButForPrevious(secret, wantedCryptoSecret(owner, current))).toBe(true);
    const otherwise = cryptoKeyOf({ environments: [{ name: 'production', alias: 'other' }] });
    expect(fitsButForPrevious(secret, wantedCryptoSecret(owner, { ...current, object: otherwise }))).toBe(false);
  });
});

describe('mustBeRecreated', () => {
  test.each<{ name: string; given: Partial<SecretView>; want: boolean }>([
    { name: 'a Secret that only lacks a label', given: { labels: {} }, want: false },
    { name: 'a Secret of another type', given: { type: 'kubernetes.io/tls' }, want: true },
    { name: 'an immutable Secret', given: { immutable: true }, want: true },
  ])('answers $want for $name', ({ given, want }) => {
    expect(mustBeRecreated({ ...delivered, ...given }, wanted)).toBe(want);
  });
});
