import { MANAGED_LABEL, PROOF_ANNOTATION } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import { recordPages } from '../../installation/read-or-create.ts';
import { listPages, type Selection } from '../../kube/cache/list-pages.ts';
import type { KubeObject, Secret } from '../../kube/objects/objects.ts';
import { objectKey } from '../../kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../kube/objects/resource.ts';
import { macKeyIdOf } from '../../sealing/mac.ts';
import { signedBy } from '../../sealing/record.ts';
import { digestSecret, hasFormerProof } from '../caches/cached-secret.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { statusSigner } from './status-signer.ts';

/** Objects read at once: a record has up to 700 KiB, a status some KiB. */
const RECORD_PAGE = 50;
const PAGE = 250;

export interface MacKeyUseOptions {
  readonly ports: Pick<KeyPorts, 'client' | 'caches' | 'kinds' | 'installation' | 'operatorNamespace'>;
  /** Absent: keys and Secrets of the whole cluster. */
  readonly watchNamespaces: readonly string[] | undefined;
}

/**
 * Whether any record, status or delivered Secret is signed by a MAC key, by live lists past every cache. In doubt it
 * is: records and statuses are taken at their word. Of Secrets, whose labels and annotations anybody may write, those
 * count that prove what they say, or lie where a ledger has a Secret.
 *
 * @throws {ApiError | ConnectionError} of the API server: then nobody knows.
 */
export async function isMacKeyUsed(options: MacKeyUseOptions, keyId: string, signal: AbortSignal): Promise<boolean> {
  return (
    (await signsRecord(options, keyId, signal)) ||
    (await signsStatus(options, keyId, signal)) ||
    (await signsSecret(options, keyId, signal))
  );
}

async function signsRecord({ ports }: MacKeyUseOptions, keyId: string, signal: AbortSignal): Promise<boolean> {
  const { client, operatorNamespace: namespace } = ports;
  for await (const page of recordPages({ client, namespace, signal }, { limit: RECORD_PAGE })) {
    if (page.some((record) => signedBy(record) === keyId)) return true;
  }
  return false;
}

async function signsStatus(options: MacKeyUseOptions, keyId: string, signal: AbortSignal): Promise<boolean> {
  const { kinds, installation, caches } = options.ports;
  const id = installation.macContext?.installation ?? '';
  for (const { resource } of Object.values(kinds)) {
    const isUse = (key: KeyObject): boolean => statusSigner(key, id, caches.projects) === keyId;
    if (await isAny(options, resource, {}, isUse, signal)) return true;
  }
  return false;
}

async function signsSecret(options: MacKeyUseOptions, keyId: string, signal: AbortSignal): Promise<boolean> {
  const { installation, caches } = options.ports;
  const context = installation.macContext;
  const isUse = (secret: Secret): boolean => {
    if (macKeyIdOf(secret.metadata.annotations?.[PROOF_ANNOTATION] ?? '') !== keyId || context === undefined)
      return false;
    const isPlace = caches.records.lister.countByIndex('place', objectKey(secret)) > 0;
    return isPlace || hasFormerProof(digestSecret(secret), context);
  };
  const selected = { labelSelector: `${MANAGED_LABEL}=true`, metadataOnly: true };
  return await isAny(options, SECRETS, selected, isUse, signal);
}

/** Whether any object of a resource is found, where this operator may look. */
async function isAny<T extends KubeObject>(
  { ports: { client }, watchNamespaces }: MacKeyUseOptions,
  resource: Resource<T>,
  selection: Selection,
  isFound: (object: T) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const scopes: readonly Selection[] = watchNamespaces?.map((namespace) => ({ namespace })) ?? [{}];
  for (const scope of scopes) {
    let found = false;
    const onPage = (items: readonly T[]): void => void (found ||= items.some(isFound));
    const all = { ...selection, ...scope };
    await listPages({ client, resource, selection: all, pageSize: PAGE, onPage, onRestart: () => {}, signal });
    if (found) return true;
  }
  return false;
}
