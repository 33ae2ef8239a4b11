import type { Ledger, VersionEntry } from '../../sealing/ledger.ts';

/** Longest text of one public key that ledger and status hold. Only OpenPGP keys with many user ids have longer ones. */
const MAX_TEXT = 16 * 1024;
/**
 * Of all public keys of one ledger together. With two versions of 160 KiB of imports, sealed and in base64 (427 KiB),
 * it leaves room in a record of 700 KiB, and a status with it stays far below what etcd stores.
 */
const MAX_TEXTS = 128 * 1024;

/**
 * The ledger without the public texts that would make record or status too large: Current versions keep theirs before
 * Retiring ones do. Nothing is lost with a text, as it follows from the sealed key and stands in delivered Secrets.
 */
export function withBoundedPublicTexts(ledger: Ledger): Ledger {
  const versions = ledger.environments.flatMap((environment) => environment.versions);
  const others = versions.filter(({ state }) => state !== 'Current');
  const kept = new Set<VersionEntry>();
  let left = MAX_TEXTS;
  for (const version of [...versions.filter(({ state }) => state === 'Current'), ...others]) {
    const { length } = version.crypto?.publicKey ?? '';
    if (length > Math.min(left, MAX_TEXT)) continue;
    left -= length;
    kept.add(version);
  }
  const bounded = (version: VersionEntry): VersionEntry => (kept.has(version) ? version : withoutPublicText(version));
  return {
    ...ledger,
    environments: ledger.environments.map((entry) => ({ ...entry, versions: entry.versions.map(bounded) })),
  };
}

/** The longest part of an entry, of which nobody asks any more once the version is out of force. */
export function withoutPublicText(version: VersionEntry): VersionEntry {
  if (version.crypto === undefined) return version;
  const { publicKey: _text, ...crypto } = version.crypto;
  return { ...version, crypto };
}
