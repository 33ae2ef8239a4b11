import type { KeyObject } from '../../../src/api/key-object.ts';
import type { Ledger, MintCause, VersionState } from '../../../src/sealing/ledger.ts';

/** A version of one environment of one key, as a status or a ledger names it. */
export interface ShownVersion {
  /** "<kind>/<namespace>/<name>" of the key. */
  readonly owner: string;
  readonly environment: string;
  readonly version: number;
  /** The hash of a token, the fingerprint of a key pair. */
  readonly id: string;
  readonly state: VersionState;
  /** Why it was issued. */
  readonly cause: MintCause | undefined;
}

export function versionsInStatus({ kind, metadata, status }: KeyObject): readonly ShownVersion[] {
  const owner = `${kind}/${metadata.namespace}/${metadata.name}`;
  return (status?.environments ?? []).flatMap(({ name, versions = [] }) =>
    versions.map((entry) => ({
      owner,
      environment: name,
      version: entry.version,
      id: 'fingerprint' in entry && typeof entry.fingerprint === 'string' ? entry.fingerprint : entry.hash,
      state: entry.state,
      cause: entry.cause,
    })),
  );
}

export function versionsInLedger(ledger: Ledger): readonly ShownVersion[] {
  const owner = ownerOfLedger(ledger);
  return ledger.environments.flatMap(({ name, versions }) =>
    versions.map(({ version, hash, crypto, state, cause }) => ({
      owner,
      environment: name,
      version,
      id: crypto?.fingerprint ?? hash,
      state,
      cause,
    })),
  );
}

export function ownerOfLedger({ kind, namespace, name }: Ledger): string {
  return `${kind}/${namespace}/${name}`;
}
