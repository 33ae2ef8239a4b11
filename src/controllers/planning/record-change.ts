import { TRIGGERS_KEPT, type EnvironmentEntry, type Ledger, type MintCause } from '../../sealing/ledger.ts';
import { ALGORITHMS, type Algorithm } from '../../keys/crypto/algorithm.ts';
import type { OpenPgpOrder } from '../../keys/crypto/mint-order.ts';
import { withinBounds } from './ledger-bounds.ts';
import type { CopiedField, MaterialRef } from '../../sealing/sealed-material.ts';

/** A version to mint. The writer makes the bytes and puts the entry in front of the environment's versions. */
export interface MintOrder {
  readonly environment: string;
  readonly version: number;
  readonly cause: MintCause;
  readonly material: MaterialOrder;
}

/** How the bytes of a version are made. */
export type MaterialOrder = TokenOrder | ImportedTokenOrder | CryptoOrder | ImportOrder | CopyOrder;

export interface TokenOrder {
  readonly kind: 'Token';
  /** For example "acme_sk_live". */
  readonly prefix: string;
  /** With a signing secret of its own. */
  readonly signingSecret: boolean;
}

/** The token that the environment's source holds, if it still is the one that was judged. */
export interface ImportedTokenOrder {
  readonly kind: 'ImportedToken';
  /** Keyed hash of the token. */
  readonly sourceHash: string;
  readonly signingSecret: boolean;
}

/** A key, the passphrase it may be delivered under, and for OpenPGP a revocation certificate. */
export interface CryptoOrder {
  readonly kind: 'Crypto';
  readonly algorithm: Algorithm;
  readonly openpgp?: OpenPgpOrder;
  /** All environments of one record write get the same key. */
  readonly isShared: boolean;
}

/** What the environment's source holds, if it still is what was judged. */
export interface ImportOrder {
  readonly kind: 'Import';
  readonly sourceHash: string;
  /** All environments of the key are to have the same one. */
  readonly isShared: boolean;
}

/** The same material as another environment has. */
export interface CopyOrder {
  readonly kind: 'Copy';
  readonly environment: string;
  readonly version: number;
}

/** Does it take so long that no pass waits for it? */
export function isSlow({ material }: Pick<MintOrder, 'material'>): boolean {
  return material.kind === 'Crypto' && ALGORITHMS[material.algorithm].isSlow;
}

/** Is the material read from its source now? A copy is of what the key has already. */
export function isImport({ material }: Pick<MintOrder, 'material'>): boolean {
  return material.kind === 'Import' || material.kind === 'ImportedToken';
}

/** A value to be sealed again: read live from one of its places before its Secrets go, or once more from its source. */
export interface SealOrder extends MaterialRef {
  readonly field: CopiedField;
  /** As stored: what the value that is read has to hash to. */
  readonly hash: string;
  readonly places: readonly { readonly namespace: string; readonly secretName: string }[];
  /** A live look of this pass found the value at these places: one that cannot be read now is no reason to go on without. */
  readonly isSeen?: true;
  /** It is to be delivered on: a place that cannot be read now is waited for, though not for ever. */
  readonly isAwaited?: true;
  /** No place has it any more: it is read from where it was imported from. */
  readonly isReimported?: true;
}

/** A signing secret to mint for a version that exists. */
export interface SigningOrder {
  readonly environment: string;
  readonly version: number;
  /** FirstIssue: the version has none. MaterialLost: nobody has its bytes any more. */
  readonly cause: MintCause;
}

/** One record write: the next ledger (sequence advanced, minted entries still to come) and what happens to material. */
export interface RecordChange {
  readonly ledger: Ledger;
  readonly mints: readonly MintOrder[];
  readonly signing: readonly SigningOrder[];
  readonly seal: readonly SealOrder[];
  readonly drop: readonly MaterialRef[];
  /** It settles a record that was older than what status and Secrets prove. */
  readonly settles: boolean;
}

/**
 * What planning does to one environment. `entry` is the same reference as before when nothing changes,
 * which is how a change is recognised.
 */
export interface EnvironmentEdit {
  readonly entry: EnvironmentEntry | undefined;
  /** Mint a version here. */
  readonly mint?: Pick<MintOrder, 'cause' | 'material'>;
  readonly signing?: SigningOrder;
  readonly seal?: SealOrder;
  readonly drop?: readonly MaterialRef[];
  /** The edit takes something away, so it needs the spec read live first (absence in a cache is no order). */
  readonly needsLive?: boolean;
}

/**
 * Gathers the edits of all environments into one record write that remembers no more than a ledger may hold, or
 * undefined when none changes anything.
 * All environments minted together share one number: the key's counter + 1.
 *
 * @param followed Triggers that are done with once something is minted.
 */
export function combineEdits(
  base: Ledger,
  edits: readonly EnvironmentEdit[],
  followed: readonly string[] = [],
): RecordChange | undefined {
  const minting = edits.filter((edit) => edit.mint !== undefined);
  const version = minting.length > 0 ? base.lastVersion + 1 : base.lastVersion;
  const environments = edits.flatMap((edit) => (edit.entry === undefined ? [] : [edit.entry]));
  const drop = edits.flatMap((edit) => edit.drop ?? []);
  const unchanged =
    minting.length === 0 &&
    drop.length === 0 &&
    environments.length === base.environments.length &&
    environments.every((entry, index) => entry === base.environments[index]) &&
    edits.every((edit) => edit.signing === undefined && edit.seal === undefined);
  if (unchanged) return undefined;
  return {
    ledger: withinBounds({
      ...base,
      sequence: base.sequence + 1,
      lastVersion: version,
      environments,
      ...(minting.length > 0 && remembered(base, followed)),
    }),
    mints: edits.flatMap((edit): MintOrder[] =>
      edit.mint === undefined || edit.entry === undefined
        ? []
        : [{ environment: edit.entry.name, version, ...edit.mint }],
    ),
    signing: edits.flatMap((edit) => (edit.signing === undefined ? [] : [edit.signing])),
    seal: edits.flatMap((edit) => (edit.seal === undefined ? [] : [edit.seal])),
    drop,
    settles: false,
  };
}

/** A record write that only moves the sequence on, for a change of the ledger's head. */
export function headChange(ledger: Ledger): RecordChange {
  const next = { ...ledger, sequence: ledger.sequence + 1 };
  return { ledger: next, mints: [], signing: [], seal: [], drop: [], settles: false };
}

function remembered({ triggers = [] }: Ledger, followed: readonly string[]): Pick<Ledger, 'triggers'> {
  const all = [...new Set([...followed, ...triggers])].slice(0, TRIGGERS_KEPT);
  return all.length === 0 ? {} : { triggers: all };
}
