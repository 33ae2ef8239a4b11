import type { KeyIdentity, VersionEntry } from '../../sealing/ledger.ts';
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
 * minted; one that was imported is free again then.
 */
export function isTokenTaken(ports: Ports, holder: TokenHolder, hashes: readonly string[]): boolean {
  return hashes.some((hash) => {
    const owner = ports.reservations.ownerOf(tokenReservation(hash));
    if (owner !== undefined && !isSameKey(owner, holder.identity)) return true;
    return usesOf(ports, hash).some(
      (use) => !isImportedToken(hash) || (!isHeldBy(use, holder) && use.version.state !== 'Retired'),
    );
  });
}

/** Was it imported here before, and revoked since? */
export function isTokenRevoked(ports: Ports, holder: TokenHolder, hashes: readonly string[]): boolean {
  return hashes.some((hash) =>
    usesOf(ports, hash).some((use) => isHeldBy(use, holder) && use.version.state === 'Revoked'),
  );
}

interface Use extends TokenHolder {
  readonly version: VersionEntry;
}

/** By an index over what ledgers say unverified; a ledger that does not verify uses nothing. */
function usesOf({ caches, installation }: Ports, hash: string): readonly Use[] {
  return caches.records.lister.byIndex('hash', hash).flatMap(({ secret }) => {
    const record = secret === undefined ? undefined : installation.readRecord(secret);
    if (record?.state !== 'valid') return [];
    const { ledger } = record;
    return ledger.environments.flatMap(({ name, versions }) =>
      versions
        .filter((version) => version.hash === hash)
        .map((version): Use => ({ identity: ledger, environment: name, version })),
    );
  });
}

function isHeldBy(use: Use, { identity, environment }: TokenHolder): boolean {
  return isSameKey(use.identity, identity) && use.environment === environment;
}
