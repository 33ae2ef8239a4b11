import { withoutManagedFields } from '../../kube/objects/managed-fields.ts';
import type { ObjectMeta, Secret } from '../../kube/objects/objects.ts';
import type { Ledger } from '../../sealing/ledger.ts';
import { decodeRecord, RECORD_TYPE, signedBy, type DecodedRecord } from '../../sealing/record.ts';
import type { MacContext } from '../../sealing/record-context.ts';
import { wrappedBy, type WrappedBy } from '../../sealing/rewrap.ts';
import { placeKey } from '../planning/secret-view.ts';

/** What the cache keeps of a Secret in the operator's namespace: records whole (ledger and ciphertext), of others only that they are there. */
export interface CachedRecord {
  readonly metadata: ObjectMeta;
  /** Undefined for Secrets that are no records. */
  readonly secret: Secret | undefined;
  /** The ledger as written, unverified: only for indexes, which wake and decide nothing. */
  readonly hint: LedgerHint | undefined;
  /** Which KEK wrapped its DEK as written, unverified; undefined if nothing is sealed. */
  readonly wrappedBy?: WrappedBy | undefined;
  /** Which MAC key signed it as written, unverified; undefined of Secrets that are no records. */
  readonly signedBy?: string | undefined;
}

export interface LedgerHint {
  readonly project: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Does it count as a key of its project? A tombstone does not. */
  readonly isActive: boolean;
  /** Places the key holds. */
  readonly places: readonly string[];
  /** Hashes of its tokens, of all versions that are known, and marks of older ones; none of a key that has none. */
  readonly hashes: readonly string[];
}

export function cacheRecord(secret: Secret): CachedRecord {
  const metadata = withoutManagedFields(secret.metadata);
  if (secret.type !== RECORD_TYPE) {
    // Annotations may hold a copy of the data, and nobody reads those of other Secrets.
    const { annotations: _unread, ...bare } = metadata;
    return { metadata: bare, secret: undefined, hint: undefined };
  }
  return {
    metadata,
    secret: { ...secret, metadata },
    hint: hintOf(secret),
    wrappedBy: wrappedBy(secret),
    signedBy: signedBy(secret),
  };
}

/** Verifies and parses records, each version of one once. */
export class RecordReader {
  readonly #context: MacContext;
  /** By the record's `data`: the answer to a write and what the cache makes of it are two objects with one `data`. */
  readonly #decoded = new WeakMap<object, DecodedRecord>();

  constructor(context: MacContext) {
    this.#context = context;
  }

  read(secret: Secret): DecodedRecord {
    const key = secret.data ?? secret;
    const known = this.#decoded.get(key);
    if (known !== undefined) return known;
    const decoded = decodeRecord(secret, this.#context);
    this.#decoded.set(key, decoded);
    return decoded;
  }
}

/** JSON.parse quotes its input in the error, so the error ends here. */
function hintOf(secret: Secret): LedgerHint | undefined {
  try {
    const ledger = JSON.parse(Buffer.from(secret.data?.['ledger'] ?? '', 'base64').toString()) as Ledger;
    const { project, kind, namespace, name, phase, revokedMarks = [] } = ledger;
    const places = ledger.environments.flatMap((entry) => entry.places.map(placeKey));
    const hashes = kind === 'ApiKey' ? [...ledger.environments.flatMap(hashesIn), ...revokedMarks] : [];
    return { project, kind, namespace, name, isActive: phase === 'Active', places, hashes };
  } catch {
    return undefined;
  }
}

function hashesIn({ versions }: Ledger['environments'][number]): readonly string[] {
  return versions.map(({ hash }) => hash);
}
