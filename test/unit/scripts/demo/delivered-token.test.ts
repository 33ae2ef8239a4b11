import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publishedHash, tokenFacts } from '../../../../scripts/demo/delivered-token.ts';
import type { ApiKey } from '../../../../src/api/generated/api-key.ts';
import { mintToken } from '../../../../src/keys/token.ts';

const secretOf = (token: string) => ({
  metadata: { namespace: 'ns', name: 'checkout' },
  data: { token: Buffer.from(token).toString('base64') },
});

describe('tokenFacts', () => {
  const minted = mintToken({ prefix: 'acme_sk_live', randomBytes });

  it('keeps what is public of a delivered token', () => {
    const facts = tokenFacts(secretOf(minted.token));
    expect(facts).toEqual({ mask: minted.mask, hash: minted.hash, length: minted.token.length });
  });

  it('refuses what is no token without repeating it', () => {
    const mistyped = `${minted.token.slice(0, -1)}${minted.token.endsWith('A') ? 'B' : 'A'}`;
    for (const text of [mistyped, 'hunter2', '']) {
      expect(() => tokenFacts(secretOf(text))).toThrow(/^Secret ns\/checkout carries no Keywright token$/);
    }
    expect(() => tokenFacts({ metadata: { namespace: 'ns', name: 'checkout' } })).toThrow('carries no Keywright token');
  });
});

describe('publishedHash', () => {
  it('is that of the current version of the place’s environment', () => {
    const versions = [
      { version: 2, state: 'Current', hash: 'sha256:new' },
      { version: 1, state: 'Retiring', hash: 'sha256:old' },
    ];
    const key = {
      status: { environments: [{ name: 'staging' }, { name: 'production', versions }] },
    } as unknown as ApiKey;
    const place = { namespace: 'payments-prod-eu', name: 'checkout' } as const;
    expect(publishedHash(key, { environment: 'production', ...place })).toBe('sha256:new');
    expect(
      publishedHash({ metadata: { name: 'x' } } as ApiKey, { environment: 'production', ...place }),
    ).toBeUndefined();
  });
});
