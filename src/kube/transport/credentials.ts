import type { Clock } from '../../clock.ts';
import { ConnectionError } from '../errors/api-error.ts';
import type { ClientCertificate } from './connector.ts';

/** What a request is authenticated by: headers, the certificate of its connection, or both. */
export interface Identity {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly certificate?: ClientCertificate;
}

/**
 * Where identities come from. Calls may overlap: they share one reading of the source.
 */
export interface Credentials {
  /** What to authenticate the next request by. @throws {ConnectionError} credentials, if there never was any. */
  current(): Promise<Identity>;
  /**
   * Answers a 401 to `rejected`: what to try next. Reads the source anew unless a newer identity is at hand.
   * Returns `rejected` itself if there is nothing better; never throws.
   */
  renewed(rejected: Identity): Promise<Identity>;
}

/** Where one kind of identity is read from. */
export interface IdentitySource {
  /**
   * Reads the source; `rejected` is true after a 401, when the source should skip caches of its own.
   * Rejects with ConnectionError `credentials`, in words free of what was read.
   */
  readonly load: (options: { readonly rejected: boolean }) => Promise<Identity>;
  /** How long an identity is used before the source is asked again. Infinity: only after a 401. */
  readonly maxAgeMs: number;
}

export interface CachedCredentialsOptions extends IdentitySource {
  readonly clock: Clock;
}

/** Credentials that keep what they read. If a later reading fails, the last identity stays in use. */
export function cachedCredentials({ load, maxAgeMs, clock }: CachedCredentialsOptions): Credentials {
  let cached: { readonly identity: Identity; readonly atMs: number } | undefined;
  let reading: Promise<Identity> | undefined;

  async function read(rejected: boolean): Promise<Identity> {
    const last = cached?.identity;
    try {
      cached = { identity: keptIfEqual(last, await load({ rejected })), atMs: clock.monotonicMs() };
    } catch (error) {
      if (last === undefined) throw error;
      cached = { identity: last, atMs: clock.monotonicMs() };
    }
    return cached.identity;
  }

  function readOnce(rejected: boolean): Promise<Identity> {
    reading ??= read(rejected).finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    async current() {
      const isFresh = cached !== undefined && clock.monotonicMs() - cached.atMs < maxAgeMs;
      return isFresh && cached !== undefined ? cached.identity : readOnce(false);
    },
    async renewed(rejected) {
      if (cached !== undefined && cached.identity !== rejected) return cached.identity;
      return readOnce(true).catch(() => rejected);
    },
  };
}

/** An identity that never changes. */
export function staticCredentials(identity: Identity): Credentials {
  return { current: async () => identity, renewed: async (rejected) => rejected };
}

/** client-go's choice; the kubelet replaces a token long before its end. */
export const FILE_MAX_AGE_MS = 60_000;

export interface TokenFileOptions {
  readonly path: string;
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
}

/** A bearer token in a file that someone else rotates, such as a projected ServiceAccount token. */
export function tokenFileCredentials({ path, readFile, clock }: TokenFileOptions): Credentials {
  return cachedCredentials({
    load: async () => ({ headers: bearerHeader(await readCredentialFile(readFile, path)) }),
    maxAgeMs: FILE_MAX_AGE_MS,
    clock,
  });
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this account may not read it',
  EISDIR: 'it is a folder',
};

/** @throws {ConnectionError} credentials, naming the path and what is wrong with it. */
export async function readCredentialFile(readFile: (path: string) => Promise<string>, path: string): Promise<string> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConnectionError('credentials', `Could not read ${path}: ${UNREADABLE[code] ?? code}`);
  }
}

/** @throws {ConnectionError} credentials, if the token cannot stand in a header. Never quotes it. */
export function bearerHeader(token: string): { readonly authorization: string } {
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new ConnectionError('credentials', 'Could not use a bearer token: it is empty or not printable ASCII');
  }
  return { authorization: `Bearer ${trimmed}` };
}

/** The same object for the same identity, so that callers can tell by comparing references. */
function keptIfEqual(last: Identity | undefined, next: Identity): Identity {
  return last !== undefined && JSON.stringify(last) === JSON.stringify(next) ? last : next;
}
