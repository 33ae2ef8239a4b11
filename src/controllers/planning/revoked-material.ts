import { Reason } from '../../api/conditions.ts';
import type { KeyKind } from '../../sealing/ledger.ts';
import { isRevoked } from '../../sealing/revoked-versions.ts';
import type { ImportFacts } from './import-facts.ts';
import type { KeyFacts } from './key-facts.ts';

const MESSAGES: Readonly<Record<KeyKind, string>> = {
  ApiKey: 'The token to import was revoked here, for good; import another, or remove import to have one minted',
  CryptoKey: 'The key to import was revoked here, for good; import another',
};

/** What is said of a source that holds what the key had, in any environment, and its author took back. */
export function revokedMaterial(kind: KeyKind): ImportFacts {
  return { kind: 'Refused', reason: Reason.RevokedMaterial, message: MESSAGES[kind] };
}

/**
 * Does a source hold the very bytes that a revoked version was imported from? It may have been read before the record
 * said that the version is revoked.
 */
export function isRevokedSource({ record }: Pick<KeyFacts, 'record'>, sourceHash: string): boolean {
  if (record.kind !== 'Valid') return false;
  const { ledger } = record;
  return ledger.environments.some(({ versions }) =>
    versions.some((version) => {
      const importedFrom = version.crypto === undefined ? version.hash : version.crypto.source;
      return importedFrom === sourceHash && isRevoked(ledger, version);
    }),
  );
}
