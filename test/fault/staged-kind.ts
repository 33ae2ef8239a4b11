import type { ApiKey } from '../../src/api/generated/api-key.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../src/api/resources.ts';
import type { Resource } from '../../src/kube/objects/resource.ts';
import type { KeyKind } from '../../src/sealing/ledger.ts';
import { apiKey, cryptoKey, type KeyBuilder } from '../support/builders.ts';

/** A kind of key that a DeliveryStage can be about. */
export interface StagedKind<K extends ApiKey | CryptoKey> {
  readonly kind: KeyKind;
  readonly resource: Resource<K>;
  /**
   * A key without environments, of which every Secret shows readable material.
   * @param ref "<namespace>/<name>"
   */
  declare(ref: string, project: string): KeyBuilder<K>;
}

export const STAGED_API_KEY: StagedKind<ApiKey> = { kind: 'ApiKey', resource: API_KEYS, declare: apiKey };

export const STAGED_CRYPTO_KEY: StagedKind<CryptoKey> = {
  kind: 'CryptoKey',
  resource: CRYPTO_KEYS,
  declare: (ref, project) => cryptoKey(ref, project).with({ algorithm: 'EC-P256' }),
};
