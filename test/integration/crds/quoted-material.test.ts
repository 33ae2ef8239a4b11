import { expect, test } from 'vitest';
import { apiRequest } from '../../support/cluster/api-request.ts';
import { adminConnection } from '../../support/harness.ts';
import { collectionPath } from './api-server.ts';
import { cryptoKey } from './objects.ts';

const CANARY = 'CANARYCANARYCANARY';

/** Refusals end in audit logs and in the status of whatever applies manifests from Git. */
test.each([
  ['a key in PEM as content', { content: `-----BEGIN PRIVATE KEY-----\n${CANARY}` }],
  ['content that is too long', { content: CANARY.repeat(2_000) }],
  ['a key as openpgpMessage', { openpgpMessage: CANARY }],
  ['an openpgpMessage that is too long', { openpgpMessage: CANARY.repeat(3_000) }],
  ['two sources', { content: CANARY, openpgpMessage: `-----BEGIN PGP MESSAGE-----\n${CANARY}` }],
])('the API server quotes no byte of %s when it refuses it', async (_name, fields) => {
  for (const spec of [{ import: fields }, { environments: [{ name: 'staging', import: fields }] }]) {
    // A spec that breaks rules of its own too: they must not quote what is below them.
    const object = cryptoKey({ type: 'KeyPair', purpose: 'Mac', openpgp: {}, ...spec });
    const path = `${collectionPath(object)}?dryRun=All`;
    const { status, body } = await apiRequest(await adminConnection(), { method: 'POST', path, body: object });
    expect(status).toBe(422);
    expect(body).not.toContain('CANARY');
  }
});
