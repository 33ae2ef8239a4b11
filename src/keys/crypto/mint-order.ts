import { ALGORITHMS } from './algorithm.ts';
import type { Algorithm } from './algorithm.ts';
import { isOpenPgp } from './key-type.ts';
import type { KeyMaterial } from './material.ts';
import { assertUserIds } from './openpgp-user-id.ts';

/** What to mint. Holds nothing secret and may be copied to another thread. */
export interface MintOrder {
  readonly algorithm: Algorithm;
  /** Present exactly for OpenPGP. */
  readonly openpgp?: OpenPgpOrder;
  /** Creation time that an OpenPGP key carries, cut to whole seconds. */
  readonly createdAt: Date;
}

export interface OpenPgpOrder {
  /** As `assertUserIds` wants them. The first is the primary one. */
  readonly userIds: readonly string[];
  /** Counted from `createdAt`. Absent: the key never expires. */
  readonly expiresInSeconds?: number;
}

export interface Minted {
  readonly material: KeyMaterial;
  /** OpenPGP only: a revocation certificate, armoured. Who has it can end the key, so it is kept like a secret. */
  readonly revocation?: string;
}

/** Lifetimes are 32-bit numbers of seconds, and 0 means "never" (RFC 9580, 5.2.3.13). */
const MAX_LIFETIME_SECONDS = 2 ** 32 - 1;

/** @throws {RangeError} if no key can be minted for the order. Says why, in a fixed text. */
export function assertMintOrder({ algorithm, openpgp, createdAt }: MintOrder): void {
  if (!ALGORITHMS[algorithm].isMintable) throw new RangeError(`Cannot mint ${algorithm}: it is only imported`);
  if (isOpenPgp(algorithm) !== (openpgp !== undefined)) {
    throw new RangeError('Cannot mint: user IDs belong to OpenPGP keys and to no others');
  }
  // OpenPGP counts the creation time in 32 bits (RFC 9580, 3.5).
  const createdSeconds = createdAt.getTime() / 1000;
  if (!(createdSeconds >= 0 && createdSeconds < 2 ** 32)) throw new RangeError('Cannot mint: no such creation time');
  if (openpgp !== undefined) assertOpenPgpOrder(openpgp);
}

function assertOpenPgpOrder({ userIds, expiresInSeconds }: OpenPgpOrder): void {
  assertUserIds(userIds);
  if (expiresInSeconds === undefined) return;
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > MAX_LIFETIME_SECONDS) {
    throw new RangeError('Cannot mint an OpenPGP key: its lifetime must be 1 to 4294967295 whole seconds');
  }
}
