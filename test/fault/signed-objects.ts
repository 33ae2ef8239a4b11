import type { KeyObject } from '../../src/api/key-object.ts';
import { MANAGED_LABEL, PROOF_ANNOTATION } from '../../src/api/labels.ts';
import { API_KEYS, CRYPTO_KEYS } from '../../src/api/resources.ts';
import { digestSecret, viewSecret } from '../../src/controllers/caches/cached-secret.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { objectKey, type KubeObject, type Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { decodeRecord, RECORD_TYPE } from '../../src/sealing/record.ts';
import type { MacContext } from '../../src/sealing/record-context.ts';
import { OPERATOR_NAMESPACE } from '../support/operator.ts';

/** All that MAC keys sign, as the server has it. */
export interface SignedObjects {
  readonly records: readonly Secret[];
  readonly secrets: readonly Secret[];
  /** Keys whose status carries a MAC. */
  readonly keys: readonly KeyObject[];
}

export async function signedObjects(client: KubeClient): Promise<SignedObjects> {
  const [records, secrets, apiKeys, cryptoKeys] = await Promise.all([
    client.list(SECRETS, { namespace: OPERATOR_NAMESPACE, fieldSelector: `type=${RECORD_TYPE}` }),
    client.list(SECRETS, { labelSelector: `${MANAGED_LABEL}=true` }),
    client.list(API_KEYS, {}),
    client.list(CRYPTO_KEYS, {}),
  ]);
  const keys = [...apiKeys.items, ...cryptoKeys.items].filter(({ status }) => status?.ledger !== undefined);
  return { records: records.items, secrets: secrets.items, keys };
}

const byName = (one: readonly [string, ...unknown[]], other: readonly [string, ...unknown[]]): number =>
  one[0].localeCompare(other[0]);

/** The id of the MAC key under each signature, by what it stands on. */
export function signersOf({ records, secrets, keys }: SignedObjects): readonly (readonly [string, string])[] {
  const keyId = (text = ''): string => text.slice(0, text.indexOf('.'));
  const entry = (object: KubeObject, text: string | undefined): readonly [string, string] => [
    objectKey(object),
    keyId(text),
  ];
  return [
    ...records.map((record) => entry(record, Buffer.from(record.data?.['mac'] ?? '', 'base64').toString())),
    ...secrets.map((secret) => entry(secret, secret.metadata.annotations?.[PROOF_ANNOTATION])),
    ...keys.map((key) => entry(key, key.status?.ledger?.mac)),
  ].toSorted(byName);
}

/** Everything but the signatures and what a write moves in any object. */
export function unsignedParts({ records, secrets, keys }: SignedObjects): readonly (readonly [string, ...unknown[]])[] {
  return [
    ...records.map(({ data: { mac: _mac, ...data } = {}, ...record }) => [objectKey(record), data] as const),
    ...secrets.map((secret) => {
      const { [PROOF_ANNOTATION]: _proof, ...annotations } = secret.metadata.annotations ?? {};
      return [objectKey(secret), secret.type, secret.data, annotations, secret.metadata.labels] as const;
    }),
    ...keys.map((key) => {
      const { ledger, ...status } = key.status ?? {};
      return [objectKey(key), status, ledger?.sequence] as const;
    }),
  ].toSorted(byName);
}

/** Objects whose signature does not hold, or is not for what they are; statuses are left to the operator. */
export function unproven({ records, secrets }: SignedObjects, context: MacContext): readonly string[] {
  return [
    ...records.filter((record) => decodeRecord(record, context).state !== 'valid'),
    ...secrets.filter((secret) => viewSecret(digestSecret(secret), context).proof?.isIntact !== true),
  ].map(objectKey);
}
