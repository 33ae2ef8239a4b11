import { MANAGED_LABEL, PROOF_ANNOTATION } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import { recordPages } from '../../installation/read-or-create.ts';
import { listPages, type Selection } from '../../kube/cache/list-pages.ts';
import type { KubeObject, Secret } from '../../kube/objects/objects.ts';
import { objectKey } from '../../kube/objects/objects.ts';
import { SECRETS, type Resource } from '../../kube/objects/resource.ts';
import { macKeyIdOf } from '../../sealing/mac.ts';
import { signedBy } from '../../sealing/record.ts';
import { digestSecret, hasFormerProof, viewSecret, type ViewContext } from '../caches/cached-secret.ts';
import { placeAt } from '../planning/place-index.ts';
import { isOurs } from '../planning/place-state.ts';
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
 * One record, status or delivered Secret that is signed by a MAC key, as events name it ("Secret <namespace>/<name>"),
 * by live lists past every cache; undefined when there is none. In doubt there is: records and statuses are taken at
 * their word. Of Secrets, whose labels and annotations anybody may write, only those count that the key proves ours.
 *
 * @throws {ApiError | ConnectionError} of the API server: then nobody knows.
 */
export async function macKeyUser(
  options: MacKeyUseOptions,
  keyId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (
    (await signedRecord(options, keyId, signal)) ??
    (await signedStatus(options, keyId, signal)) ??
    (await signedSecret(options, keyId, signal))
  );
}

async function signedRecord(
  { ports }: MacKeyUseOptions,
  keyId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { client, operatorNamespace: namespace } = ports;
  for await (const page of recordPages({ client, namespace, signal }, { limit: RECORD_PAGE })) {
    const record = page.find((candidate) => signedBy(candidate) === keyId);
    if (record !== undefined) return `record ${objectKey(record)}`;
  }
  return undefined;
}

async function signedStatus(
  options: MacKeyUseOptions,
  keyId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { kinds, installation, caches } = options.ports;
  const id = installation.macContext?.installation ?? '';
  for (const [kind, { resource }] of Object.entries(kinds)) {
    const isUse = (key: KeyObject): boolean => statusSigner(key, id, caches.projects) === keyId;
    const key = await findLive(options, { resource, isFound: isUse }, signal);
    if (key !== undefined) return `${kind} ${objectKey(key)}`;
  }
  return undefined;
}

async function signedSecret(
  options: MacKeyUseOptions,
  keyId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { ports } = options;
  const context = ports.installation.macContext;
  const isUse = (secret: Secret): boolean =>
    macKeyIdOf(secret.metadata.annotations?.[PROOF_ANNOTATION] ?? '') === keyId &&
    context !== undefined &&
    isProven(ports, secret, context);
  const selection = { labelSelector: `${MANAGED_LABEL}=true`, metadataOnly: true };
  const secret = await findLive(options, { resource: SECRETS, selection, isFound: isUse }, signal);
  return secret === undefined ? undefined : `Secret ${objectKey(secret)}`;
}

interface Search<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** @default {every object} */
  readonly selection?: Selection;
  readonly isFound: (object: T) => boolean;
}

/** By what it says of itself, or by what the ledger says whose place it lies at: labels may have been edited. */
function isProven({ caches, installation }: MacKeyUseOptions['ports'], secret: Secret, context: ViewContext): boolean {
  const digested = digestSecret(secret);
  if (hasFormerProof(digested, context)) return true;
  const place = objectKey(secret);
  const view = viewSecret(digested, context);
  return caches.records.lister.byIndex('place', place).some((cached) => {
    const record = cached.secret === undefined ? undefined : installation.readRecord(cached.secret);
    if (record?.state !== 'valid') return false;
    const { ledger } = record;
    return ledger.environments.some(
      (entry) => placeAt(entry.places, place) !== undefined && isOurs(view, ledger, entry),
    );
  });
}

/** Any object of a resource that is looked for, where this operator may look. */
async function findLive<T extends KubeObject>(
  { ports: { client }, watchNamespaces }: MacKeyUseOptions,
  { resource, selection = {}, isFound }: Search<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const scopes: readonly Selection[] = watchNamespaces?.map((namespace) => ({ namespace })) ?? [{}];
  for (const scope of scopes) {
    let found: T | undefined;
    const onPage = (items: readonly T[]): void => void (found ??= items.find(isFound));
    const all = { ...selection, ...scope };
    await listPages({ client, resource, selection: all, pageSize: PAGE, onPage, onRestart: () => {}, signal });
    if (found !== undefined) return found;
  }
  return undefined;
}
