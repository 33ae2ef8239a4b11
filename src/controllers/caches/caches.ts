import { ALLOW_IMPORT_LABEL, MANAGED_LABEL } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';
import { KEY_PROJECTS } from '../../api/resources.ts';
import type { Clock, Random } from '../../clock.ts';
import type { KubeClient } from '../../kube/client/client.ts';
import { Informer, type InformerOptions } from '../../kube/cache/informer.ts';
import type { ObjectChange } from '../../kube/cache/object-change.ts';
import { withoutManagedFields } from '../../kube/objects/managed-fields.ts';
import type { ConfigMap, KubeObject, Namespace, ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import { CONFIG_MAPS, NAMESPACES, SECRETS } from '../../kube/objects/resource.ts';
import { IMPORT_NAME } from '../../installation/import-secret.ts';
import type { Logger } from '../../logger.ts';
import type { KeyKind } from '../../sealing/ledger.ts';
import { recordName } from '../../sealing/record.ts';
import type { KeyRules } from '../planning/key-rules.ts';
import { cacheKeyObject } from './cached-key-object.ts';
import { cacheRecord, type CachedRecord } from './cached-record.ts';
import { keptMetadata } from './kept-metadata.ts';
import { claimedOwner, digestSecret, type CachedSecret } from './cached-secret.ts';

/** That a source is there, and in which version. */
export interface CachedSource {
  readonly metadata: ObjectMeta;
}

export interface CachedNamespace {
  readonly metadata: ObjectMeta;
}

/** That an object is there, at a version. */
export interface CachedName {
  readonly metadata: ObjectMeta;
}

/**
 * Every cache of the operator. Namespaces as metadata, delivered Secrets as digests, records as ciphertext. What
 * anybody in the cluster may write is kept by what decisions need of it, so that no object is large in memory.
 */
export interface Caches {
  readonly projects: Informer<KeyProject, KeyProject>;
  /** By kind. Indexes: project, record, source ("<namespace>/<name>" of the Secrets that it imports from). */
  readonly keys: Readonly<Record<KeyKind, Informer<KeyObject, KeyObject>>>;
  readonly namespaces: Informer<Namespace, CachedNamespace>;
  /** Indexes: owner ("<kind>/<namespace>/<name>", as claimed). */
  readonly secrets: Informer<Secret, CachedSecret>;
  /** Secrets that authors labelled for import, as metadata: what they hold is read when it is asked for. */
  readonly importSources: Informer<Secret, CachedSource>;
  /** All Secrets of the operator's namespace. Indexes: project, activeInProject, owner, place, hash (of tokens, or the mark of a revoked one). */
  readonly records: Informer<Secret, CachedRecord>;
  /** The ConfigMap that publishes the import key: only that it changed. */
  readonly importKey: Informer<ConfigMap, CachedName>;
}

/** Who is told of changes. Handlers only enqueue. */
export interface CacheHandlers {
  readonly project: (change: ObjectChange<KeyProject>) => void;
  readonly key: (kind: KeyKind, change: ObjectChange<KeyObject>) => void;
  readonly namespace: (change: ObjectChange<CachedNamespace>) => void;
  readonly secret: (change: ObjectChange<CachedSecret>) => void;
  readonly importSource: (change: ObjectChange<CachedSource>) => void;
  readonly record: (change: ObjectChange<CachedRecord>) => void;
  readonly importKey: (change: ObjectChange<CachedName>) => void;
}

export interface CacheOptions {
  readonly client: KubeClient;
  readonly kinds: Readonly<Record<KeyKind, Pick<KeyRules, 'resource' | 'imports'>>>;
  readonly operatorNamespace: string;
  /** Absent: keys and Secrets of the whole cluster. */
  readonly watchNamespaces: readonly string[] | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told of each list and watch whether the account was refused. */
  readonly onAccess: NonNullable<InformerOptions<KubeObject, KubeObject>['onAccess']>;
  /** Told when the caches cannot be relied on any more, as the server's storage was restored from a backup. */
  readonly onOlderState: () => void;
}

export function createCaches(options: CacheOptions, handlers: CacheHandlers): Caches {
  const { client, clock, random, logger, onAccess, onOlderState, kinds, operatorNamespace, watchNamespaces } = options;
  const base = { client, clock, random, logger, onAccess, onOlderState };
  const scope = watchNamespaces === undefined ? {} : { namespaces: watchNamespaces };
  // One namespace whose Secrets are taken from the operator must not stop all others at its next start.
  const secretScope = watchNamespaces === undefined ? {} : { ...scope, skipsRefused: true };
  const keys = (kind: KeyKind): Informer<KeyObject, KeyObject> =>
    new Informer<KeyObject, KeyObject>({
      ...base,
      ...scope,
      resource: kinds[kind].resource,
      transform: cacheKeyObject,
      indexes: {
        project: ({ spec }) => [spec.project],
        source: (object) => sourcesOf(kinds[kind], object),
        record: ({ spec, metadata }) => [recordName({ project: spec.project, kind, name: metadata.name })],
      },
      onChange: (change) => handlers.key(kind, change),
    });
  return {
    projects: new Informer<KeyProject, KeyProject>({
      ...base,
      resource: KEY_PROJECTS,
      transform: bare,
      onChange: handlers.project,
    }),
    keys: { ApiKey: keys('ApiKey'), CryptoKey: keys('CryptoKey') },
    namespaces: new Informer<Namespace, CachedNamespace>({
      ...base,
      resource: NAMESPACES,
      metadataOnly: true,
      transform: ({ metadata: { name, uid, resourceVersion, labels, deletionTimestamp } }) => ({
        metadata: { name, ...defined({ uid, resourceVersion, labels, deletionTimestamp }) },
      }),
      onChange: handlers.namespace,
    }),
    secrets: new Informer<Secret, CachedSecret>({
      ...base,
      ...secretScope,
      resource: SECRETS,
      labelSelector: `${MANAGED_LABEL}=true`,
      transform: digestSecret,
      indexes: { owner: (secret) => [claimedOwner(secret) ?? ''] },
      onChange: handlers.secret,
    }),
    importSources: new Informer<Secret, CachedSource>({
      ...base,
      ...secretScope,
      resource: SECRETS,
      labelSelector: `${ALLOW_IMPORT_LABEL}=true`,
      metadataOnly: true,
      transform: ({ metadata: { name, namespace, uid, resourceVersion } }) => ({
        metadata: { name, ...defined({ namespace, uid, resourceVersion }) },
      }),
      onChange: handlers.importSource,
    }),
    records: new Informer<Secret, CachedRecord>({
      ...base,
      namespaces: [operatorNamespace],
      resource: SECRETS,
      transform: cacheRecord,
      indexes: {
        project: ({ hint }) => (hint === undefined ? [] : [hint.project]),
        activeInProject: ({ hint }) => (hint?.isActive === true ? [hint.project] : []),
        owner: ({ hint }) => (hint === undefined ? [] : [`${hint.kind}/${hint.namespace}/${hint.name}`]),
        place: ({ hint }) => hint?.places ?? [],
        hash: ({ hint }) => hint?.hashes ?? [],
      },
      onChange: handlers.record,
    }),
    importKey: new Informer<ConfigMap, CachedName>({
      ...base,
      namespaces: [operatorNamespace],
      resource: CONFIG_MAPS,
      // The right to list and watch is for this name alone.
      fieldSelector: `metadata.name=${IMPORT_NAME}`,
      metadataOnly: true,
      transform: ({ metadata }) => ({ metadata: keptMetadata(metadata, {}) }),
      onChange: handlers.importKey,
    }),
  };
}

function sourcesOf({ imports }: Pick<KeyRules, 'imports'>, object: KeyObject): readonly string[] {
  const { namespace = '' } = object.metadata;
  return imports(object).flatMap(({ source: { secretKeyRef, passphraseSecretKeyRef } }) =>
    [secretKeyRef, passphraseSecretKeyRef].flatMap((ref) => (ref === undefined ? [] : [`${namespace}/${ref.name}`])),
  );
}

function bare<T extends KubeObject>(object: T): T {
  return { ...object, metadata: withoutManagedFields(object.metadata) };
}

function defined<T extends object>(members: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}
