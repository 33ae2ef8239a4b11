import { describe, expect, test } from 'vitest';
import { apiRequest, type ApiResponse } from '../../support/cluster/api-request.ts';
import { adminConnection } from '../../support/harness.ts';
import { apiKeyLimits } from './api-key-limits.ts';
import { apiKeyRows } from './api-key-rows.ts';
import { collectionPath } from './api-server.ts';
import { cryptoKeyLimits } from './crypto-key-limits.ts';
import { cryptoKeyRows } from './crypto-key-rows.ts';
import { apiKey, cryptoKey, type Declared } from './objects.ts';

const CANARY = 'CANARYCANARYCANARY';
const SEALED = `-----BEGIN PGP MESSAGE-----\n${CANARY}`;
const SECRET_REF = { secretKeyRef: { name: 'partner-keys', key: 'prod.pem' } };

async function answerTo(object: Declared): Promise<ApiResponse> {
  const path = `${collectionPath(object)}?dryRun=All&fieldValidation=Strict`;
  return await apiRequest(await adminConnection(), { method: 'POST', path, body: object });
}

/** The same object with an import that holds canaries, for the whole key and in each environment, beside what it has. */
function withCanaries(object: Declared, fields: object): Declared {
  const spec = (object.spec ?? {}) as { import?: unknown; environments?: unknown };
  const imported = (given: unknown): object => ({ ...fields, ...(isObject(given) ? given : {}) });
  const { environments } = spec;
  const laid = Array.isArray(environments)
    ? environments.map((each: unknown) => (isObject(each) ? { ...each, import: imported(each['import']) } : each))
    : environments;
  return { ...object, spec: { ...spec, import: imported(spec.import), environments: laid } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Refusals end in audit logs and in the status of whatever applies manifests from Git. */
describe('The API server quotes no byte of an import when it refuses', () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a key in PEM as content', { content: `-----BEGIN PRIVATE KEY-----\n${CANARY}` }],
    ['content that is too long', { content: CANARY.repeat(2_000) }],
    ['content that is no text', { content: { text: CANARY } }],
    ['content that is a list', { content: [CANARY] }],
    ['a key as openpgpMessage', { openpgpMessage: CANARY }],
    ['an openpgpMessage that is too long', { openpgpMessage: `${SEALED}${CANARY.repeat(3_000)}` }],
    ['an openpgpMessage that is no text', { openpgpMessage: [CANARY] }],
    ['two sources', { content: CANARY, openpgpMessage: SEALED }],
    ['a passphrase as its message', { ...SECRET_REF, passphraseOpenpgpMessage: CANARY }],
    [
      'a message of a passphrase that is too long',
      { ...SECRET_REF, passphraseOpenpgpMessage: `${SEALED}${CANARY.repeat(500)}` },
    ],
    ['a message of a passphrase that is no text', { ...SECRET_REF, passphraseOpenpgpMessage: { text: CANARY } }],
    [
      'two passphrases',
      { ...SECRET_REF, passphraseSecretKeyRef: SECRET_REF.secretKeyRef, passphraseOpenpgpMessage: SEALED },
    ],
    ['a field that does not exist', { ...SECRET_REF, pem: CANARY }],
  ])('%s', async (_name, fields) => {
    for (const spec of [{ import: fields }, { environments: [{ name: 'staging', import: fields }] }]) {
      // A spec that breaks rules of its own too: they must not quote what is below them.
      const answer = await answerTo(cryptoKey({ type: 'KeyPair', purpose: 'Mac', openpgp: {}, ...spec }));
      expect([400, 422]).toContain(answer.status);
      expect(answer.body).not.toContain('CANARY');
    }
    const answer = await answerTo(apiKey({ import: fields, environments: [{ name: 'staging', import: fields }] }));
    expect([400, 422]).toContain(answer.status);
    expect(answer.body).not.toContain('CANARY');
  });

  test.each(['import', 'environments'])('an import that is no object, as %s', async (field) => {
    const spec = field === 'import' ? { import: CANARY } : { environments: [{ name: 'staging', import: [CANARY] }] };
    const answer = await answerTo(cryptoKey(spec));
    expect(answer.status).toBe(422);
    expect(answer.body).not.toContain('CANARY');
  });

  const objects = [
    ...[...cryptoKeyRows, ...apiKeyRows].map(({ name, object }): [string, Declared] => [
      `for the rule about ${name}`,
      object,
    ]),
    ...[...cryptoKeyLimits, ...apiKeyLimits].map(({ field, limit, refused }): [string, Declared] => [
      `for ${field} ${limit}`,
      refused,
    ]),
  ];
  test.each(objects)('%s', async (_name, object) => {
    const all = { content: CANARY, openpgpMessage: SEALED, passphraseOpenpgpMessage: SEALED };
    for (const fields of [all, { content: CANARY }, { openpgpMessage: CANARY, passphraseOpenpgpMessage: CANARY }]) {
      const answer = await answerTo(withCanaries(object, fields));
      // An import may be all that an object lacks, and what is stored is shown to its author.
      const refusal = answer.status < 400 ? '' : answer.body;
      expect(refusal).not.toContain('CANARY');
    }
  });
});
