/** docs/verifying.md: what its code accepts is what status means. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ApiKey } from '../../../src/api/generated/api-key.ts';
import { decodePeppersSecret, newPeppersSecret } from '../../../src/installation/peppers-secret.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import { keyedTokenHash } from '../../../src/sealing/token-hash.ts';
import { apiKey } from '../../support/builders.ts';
import { NOW } from '../../support/facts.ts';

type Check = (token: string, apiKeys: readonly unknown[], peppers: unknown, now: Date) => unknown;

const text = readFileSync(join(import.meta.dirname, '../../../docs/verifying.md'), 'utf8');
const [, code = ''] = /```js\n(.*?)```/s.exec(text) ?? [];
const { check } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { readonly check: Check };

const TOKEN = 'acme_sk_live_0f3k9m2xq71z_first';
const minted = hashToken(Buffer.from(TOKEN));
const secret = newPeppersSecret('keywright-system', (length) => new Uint8Array(length).fill(7));
const stored = JSON.parse(Buffer.from(secret.data?.['peppers'] ?? '', 'base64').toString()) as { keys: unknown };

type Status = NonNullable<ApiKey['status']>;
type Environment = NonNullable<Status['environments']>[number];
type Version = NonNullable<Environment['versions']>[number];

interface Given {
  readonly key?: Partial<Status>;
  readonly environment?: Partial<Environment>;
  readonly version?: Partial<Version>;
  readonly metadata?: Partial<ApiKey['metadata']>;
}

function checked(given: Given, token = TOKEN): unknown {
  const built = apiKey('payments-config/checkout', 'payments').environment('production').build();
  const version = { version: 1, state: 'Current', hash: minted, ...given.version };
  const environment = { name: 'production', state: 'Active', versions: [version], ...given.environment };
  const status = { state: 'Active', scopes: ['charges.read'], environments: [environment], ...given.key };
  const key = { ...built, metadata: { ...built.metadata, ...given.metadata }, status };
  return check(token, [key], stored.keys, NOW);
}

const ACCEPTED = { project: 'payments', environment: 'production', scopes: ['charges.read'] };
const at = (ms: number): string => new Date(NOW.getTime() + ms).toISOString();

test('docs/verifying.md accepts the token of a version that is in force', () => {
  expect(checked({})).toEqual(ACCEPTED);
  expect(checked({ version: { state: 'Retiring', retireAt: at(-1) }, environment: { state: 'Rotating' } })).toEqual(
    ACCEPTED,
  );
  expect(checked({ version: { expiresAt: at(1_000) } })).toEqual(ACCEPTED);
});

test('docs/verifying.md knows an imported token by the peppers as they are stored', () => {
  const decoded = decodePeppersSecret(secret);
  const hash = decoded.state === 'valid' ? keyedTokenHash(decoded.peppers, Buffer.from(TOKEN)) : '';
  expect(checked({ version: { hash } })).toEqual(ACCEPTED);
  expect(checked({ version: { hash } }, 'another token')).toBeUndefined();
});

test.each<[string, Given]>([
  ['a suspended key', { key: { state: 'Suspended' } }],
  ['a suspended environment', { environment: { state: 'Suspended' } }],
  ['one that was withdrawn', { environment: { state: 'Withdrawn' } }],
  ['one that expired', { environment: { state: 'Expired' } }],
  ['a revoked version', { version: { state: 'Revoked' } }],
  ['a version whose time is over', { version: { expiresAt: at(-1_000) } }],
  ['a key that is being deleted', { metadata: { deletionTimestamp: at(-1_000) } }],
])('docs/verifying.md refuses the token of %s', (_what, given) => {
  expect(checked(given)).toBeUndefined();
});
