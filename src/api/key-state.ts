import type { KeyState } from './key-object.ts';

/** Every state of a key. The type holds it complete: the CRDs own the list. */
const STATES: Readonly<Record<KeyState, true>> = {
  Pending: true,
  Active: true,
  Rotating: true,
  Suspended: true,
  Expired: true,
  Revoked: true,
};

export const KEY_STATES: readonly string[] = Object.keys(STATES);
