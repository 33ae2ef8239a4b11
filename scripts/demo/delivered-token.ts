import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { hashToken } from '../../src/keys/hash.ts';
import { maskToken } from '../../src/keys/mask.ts';
import { parseToken } from '../../src/keys/parse-token.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import type { Place } from './quickstart.ts';

/** What may be shown of a token. */
export interface TokenFacts {
  /** "acme_sk_live_0f3k9m2xq71z_***" */
  readonly mask: string;
  readonly length: number;
  /** "sha256:…", computed here from the bytes in the Secret. */
  readonly hash: string;
}

/**
 * Reads the token out of a delivered Secret and keeps only what is public.
 *
 * @throws if there is no token, or its checksum is wrong. The text never shows any of it.
 */
export function tokenFacts({ data, metadata }: Secret): TokenFacts {
  const token = Buffer.from(data?.['token'] ?? '', 'base64').toString();
  const parsed = parseToken(token);
  if (parsed === undefined || !parsed.checksumOk) {
    throw new Error(`Secret ${metadata.namespace}/${metadata.name} carries no Keywright token`);
  }
  return { mask: maskToken(parsed), length: token.length, hash: hashToken(token) };
}

/** The hash that status publishes for the environment's current version. */
export function publishedHash({ status }: ApiKey, { environment }: Place): string | undefined {
  const entry = status?.environments?.find(({ name }) => name === environment);
  return entry?.versions?.find(({ state }) => state === 'Current')?.hash;
}
