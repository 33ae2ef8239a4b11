import { describe, expect, test } from 'vitest';
import type { CryptoKeySpec } from '../../../../src/api/generated/crypto-key.ts';
import { LAYOUT_ANNOTATION } from '../../../../src/api/labels.ts';
import { wantedCryptoSecret } from '../../../../src/controllers/crypto-key/wanted.ts';
import type { WantedSecret } from '../../../../src/controllers/planning/wanted-secret.ts';
import type { Place } from '../../../../src/sealing/ledger.ts';
import { cryptoKeyOf, cryptoVersion, partner } from '../../../support/partner-key.ts';
import { EU, held } from '../../../support/facts.ts';

const core = held(EU, { secretName: 'core', output: 'app' });

function wanted(spec: Partial<CryptoKeySpec> = {}, place: Place = core): WantedSecret {
  const version = cryptoVersion('production', 3);
  const owner = { identity: partner, company: 'acme' };
  return wantedCryptoSecret(owner, { place, environment: 'production', version, object: cryptoKeyOf(spec) });
}

function layout(spec: Partial<CryptoKeySpec> = {}, place: Place = core): string | undefined {
  return wanted(spec, place).annotations[LAYOUT_ANNOTATION];
}

const app = (formats: readonly ('PEM' | 'JWK' | 'PKCS12')[]): NonNullable<CryptoKeySpec['outputs']> => [
  { name: 'app', secretName: 'core', formats },
];

describe('wantedCryptoSecret, of the annotation that tells how a Secret was written', () => {
  test.each<{ name: string; spec: Partial<CryptoKeySpec>; place?: Place; want: string }>([
    { name: 'names the default formats and the name of the key', spec: {}, want: 'PEM alias=partner' },
    { name: 'names the formats of the output', spec: { outputs: app(['JWK']) }, want: 'JWK alias=partner' },
    {
      name: 'does not depend on the order of the formats',
      spec: { outputs: app(['PEM', 'JWK']) },
      want: 'JWK,PEM alias=partner',
    },
    {
      name: 'names the alias of its own environment',
      spec: {
        environments: [
          { name: 'staging', alias: 'hsm-test' },
          { name: 'production', alias: 'hsm-prod' },
        ],
      },
      want: 'PEM alias=hsm-prod',
    },
    {
      name: 'tells that the key is protected',
      spec: { passphrase: {}, outputs: app(['PKCS12']) },
      want: 'PKCS12 alias=partner protected',
    },
    {
      name: 'is that of a passphrase beside a protected key',
      spec: { passphrase: {}, outputs: app(['PEM']) },
      place: held(EU, { secretName: 'core-passphrase', output: 'app' }),
      want: 'passphrase',
    },
    {
      name: 'is that of a key for an output whose name ends like that of a passphrase',
      spec: { passphrase: {}, outputs: [{ name: 'app-passphrase', secretName: 'core', formats: ['DER'] }] },
      place: held(EU, { secretName: 'core', output: 'app-passphrase' }),
      want: 'DER alias=partner protected',
    },
    {
      name: 'is that of a passphrase behind the prefix of the project',
      spec: { passphrase: {} },
      place: held(EU, { secretName: 'key-partner-passphrase', output: 'partner' }),
      want: 'passphrase',
    },
  ])('$name', ({ spec, place, want }) => {
    expect(layout(spec, place)).toBe(want);
  });
});

describe('wantedCryptoSecret', () => {
  test('renders a passphrase in no format, and only it without one', () => {
    const beside = held(EU, { secretName: 'core-passphrase', output: 'app' });
    const spec = { passphrase: {}, outputs: app(['PEM']) };
    expect(wanted(spec, beside).rendering).toMatchObject({ part: 'Passphrase', formats: [] });
    expect(wanted(spec).rendering).toMatchObject({ part: 'Key', formats: ['PEM'], isProtected: true });
  });

  test('takes a key for no passphrase because it is named like one', () => {
    const key = cryptoKeyOf({ passphrase: {} });
    const named = { ...key, metadata: { ...key.metadata, name: 'db-passphrase' } };
    const partOf = (secretName: string): string | undefined =>
      wantedCryptoSecret(
        { identity: partner, company: undefined },
        {
          place: held(EU, { secretName, output: 'db-passphrase' }),
          environment: 'production',
          version: cryptoVersion('production', 3),
          object: named,
        },
      ).rendering?.part;
    expect(partOf('db-passphrase')).toBe('Key');
    expect(partOf('db-passphrase-passphrase')).toBe('Passphrase');
  });

  test('carries nothing that its author wrote into metadata', () => {
    const { metadata, ...key } = cryptoKeyOf();
    const marked = { ...key, metadata: { ...metadata, labels: { team: 'x' }, annotations: { note: 'y' } } };
    const version = cryptoVersion('production', 3);
    const { labels, annotations } = wantedCryptoSecret(
      { identity: partner, company: 'acme' },
      { place: core, environment: 'production', version, object: marked },
    );
    expect(labels).toEqual(wanted().labels);
    expect(annotations).toEqual(wanted().annotations);
  });

  test('wants no format of a version that was rebuilt without knowing what it is made of', () => {
    const { crypto: _unknown, ...version } = cryptoVersion('production', 3);
    const owner = { identity: partner, company: undefined };
    const secret = wantedCryptoSecret(owner, {
      place: core,
      environment: 'production',
      version,
      object: cryptoKeyOf(),
    });
    expect(secret.rendering?.formats).toEqual([]);
  });
});
