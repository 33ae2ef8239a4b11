import type { KeyObject } from '../../../src/api/key-object.ts';
import { API_KEY_RULES } from '../../../src/controllers/api-key/rules.ts';
import { CRYPTO_KEY_RULES } from '../../../src/controllers/crypto-key/rules.ts';
import type { KeyRules } from '../../../src/controllers/planning/key-rules.ts';
import type { KeyIdentity } from '../../../src/sealing/ledger.ts';
import { cryptoKeyOf } from '../partner-key.ts';
import { apiKeyOf } from '../facts.ts';
import { checkout } from '../sealing.ts';
import { statusSigning, type StatusSigning } from '../status-signing.ts';

/** Which key a world is about. */
export interface WorldKind {
  readonly name: string;
  readonly identity: KeyIdentity;
  readonly rules: KeyRules;
  /** As it stands in Git. */
  readonly declared: KeyObject;
  readonly signing: StatusSigning;
}

export const API_KEY_WORLD: WorldKind = {
  name: 'an ApiKey',
  identity: checkout,
  rules: API_KEY_RULES,
  declared: apiKeyOf(),
  signing: statusSigning(checkout, API_KEY_RULES),
};

export const CRYPTO_KEY_WORLD: WorldKind = cryptoKeyWorld('a CryptoKey', 'PerEnvironment');
export const SHARED_KEY_WORLD: WorldKind = cryptoKeyWorld('a shared CryptoKey', 'Shared');

/** Of the same name as the ApiKey, so that the same Secrets are fought for. */
function cryptoKeyWorld(name: string, material: 'PerEnvironment' | 'Shared'): WorldKind {
  const identity: KeyIdentity = { ...checkout, kind: 'CryptoKey' };
  // Days, so that histories reach beyond the window.
  const { metadata, ...key } = cryptoKeyOf({ material, recoveryWindow: '24h' });
  return {
    name,
    identity,
    rules: CRYPTO_KEY_RULES,
    declared: { ...key, metadata: { ...metadata, name: identity.name } },
    signing: statusSigning(identity, CRYPTO_KEY_RULES),
  };
}
