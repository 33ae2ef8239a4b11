import type { KeyIdentity } from '../../sealing/ledger.ts';
import { isRevoked, revokedMark } from '../../sealing/revoked-versions.ts';
import { isImportedToken } from '../../sealing/token-hash.ts';
import { isSameKey } from '../planning/claims.ts';
import type { KeyPorts } from '../shared/ports.ts';

type Ports = Pick<KeyPorts, 'caches' | 'installation' | 'reservations'>;

/** The environment of a key that a token is for. */
export interface TokenHolder {
  readonly identity: KeyIdentity;
  readonly environment: string;
}

/** What stands for a token among reservations: a place never has this form. */
export function tokenReservation(hash: string): string {
  return `token:${hash}`;
}

/**
 * Does another key, or another environment of this one, have a token with one of these hashes, or is about to? Whoever
 * checks tokens could not tell the two apart. One that we minted stays ours when it is retired, also where it was
 * minted; one that was imported is free again then, unless it was revoked.
 */
export function isTokenTaken(ports: Ports, holder: TokenHolder, hashes: readonly string[]): boolean {
  return hashes.some((hash) => {
    const owner = ports.reservations.ownerOf(tokenReservation(hash));
    if (owner !== undefined && !isSameKey(owner, holder.identity)) return true;
    return usesOf(ports, hash).some((use) => !isImportedToken(hash) || (!isHeldBy(use, holder) && !use.isFree));
  });
}

interface Use {
  readonly identity: KeyIdentity;
  /** Undefined where a mark alone is left of the version. */
  readonly environment: string | undefined;
  /** It retired, and nobody took it back. */
  readonly isFree: boolean;
}

/** By an index over what ledgers say unverified; a ledger that does not verify uses nothing. */
function usesOf({ caches, installation }: Ports, hash: string): readonly Use[] {
  const mark = revokedMark({ hash });
  const records = [hash, mark].flatMap((text) => caches.records.lister.byIndex('hash', text));
  return records.flatMap(({ secret }): readonly Use[] => {
    const record = secret === undefined ? undefined : installation.readRecord(secret);
    if (record?.state !== 'valid') return [];
    const { ledger } = record;
    const uses = ledger.environments.flatMap(({ name, versions }) =>
      versions
        .filter((version) => version.hash === hash)
        .map((version): Use => {
          const isFree = version.state === 'Retired' && !isRevoked(ledger, version);
          return { identity: ledger, environment: name, isFree };
        }),
    );
    const isMarked = ledger.revokedMarks?.includes(mark) === true;
    return isMarked ? [...uses, { identity: ledger, environment: undefined, isFree: false }] : uses;
  });
}

function isHeldBy(use: Use, { identity, environment }: TokenHolder): boolean {
  return isSameKey(use.identity, identity) && use.environment === environment;
}
