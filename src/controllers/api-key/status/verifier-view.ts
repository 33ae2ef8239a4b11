import { isDeepStrictEqual } from 'node:util';

import type { ApiKeyStatus } from '../../../api/generated/api-key.ts';
import type { StatusView } from '../../../sealing/status-mac.ts';

/** What of a status verifiers go by. It is what has to be on the server before Secrets change, and what the MAC covers. */
export function verifierView({ state, createdAt, scopes, environments }: ApiKeyStatus): StatusView {
  return {
    state,
    createdAt,
    scopes: scopes ?? [],
    environments: (environments ?? []).map((environment) => ({
      name: environment.name,
      state: environment.state,
      versions: (environment.versions ?? []).map((version) => ({
        version: version.version,
        state: version.state,
        keyId: version.keyId,
        maskedToken: version.maskedToken,
        hash: version.hash,
        signingSecretId: version.signingSecretId,
        createdAt: version.createdAt,
        expiresAt: version.expiresAt,
        retireAt: version.retireAt,
      })),
    })),
  };
}

/** Do verifiers already know what they have to know before Secrets change? */
export function isPublished(before: ApiKeyStatus | undefined, wanted: ApiKeyStatus): boolean {
  return isDeepStrictEqual(verifierView(before ?? {}), verifierView(wanted));
}
