import type { ApiKeyStatus } from './generated/api-key.ts';

type ApiKeyState = NonNullable<ApiKeyStatus['state']>;

/** Every state of an ApiKey. The type holds it complete: the CRD owns the list. */
const STATES: Readonly<Record<ApiKeyState, true>> = {
  Pending: true,
  Active: true,
  Rotating: true,
  Suspended: true,
  Expired: true,
  Revoked: true,
};

export const API_KEY_STATES: readonly string[] = Object.keys(STATES);
