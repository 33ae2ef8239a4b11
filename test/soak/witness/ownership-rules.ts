import { createHash } from 'node:crypto';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { isReleased, isStranger, markOf } from '../marks.ts';
import type { ServerEvent, Violation } from './event.ts';

/** What is a stranger's is not touched, and what is the operator's is only where a project wants it. */
export class OwnershipRules {
  readonly #mapped: ReadonlySet<string>;
  /** By uid: what its owner made of it last. */
  readonly #strangers = new Map<string, { readonly mark: string | undefined; readonly digest: string }>();

  /** @param mapped Namespaces that projects name. */
  constructor(mapped: ReadonlySet<string>) {
    this.#mapped = mapped;
  }

  seeStranger({ type, object }: ServerEvent<Secret>): readonly Violation[] {
    const { uid = '', namespace, name } = object.metadata;
    const place = `${namespace}/${name}`;
    const [mark, digest] = [markOf(object.metadata), digestOf(object)];
    const known = this.#strangers.get(uid);
    if (type === 'DELETED') {
      this.#strangers.delete(uid);
      return isReleased(object.metadata) ? [] : [`${place} belongs to somebody else and was deleted`];
    }
    this.#strangers.set(uid, { mark, digest });
    if (known === undefined || known.mark !== mark || known.digest === digest) return [];
    return [`${place} belongs to somebody else and was written at ${object.metadata.resourceVersion}`];
  }

  /** @returns whether it was a stranger's until now, whatever it says of itself. */
  isKnownStranger({ metadata }: Secret): boolean {
    return isStranger(metadata) || this.#strangers.has(metadata.uid ?? '');
  }

  seeDelivery({ metadata }: Secret): readonly Violation[] {
    const { namespace = '', name, ownerReferences = [], finalizers = [] } = metadata;
    return [
      ...(this.#mapped.has(namespace) ? [] : [`${namespace}/${name} is where no project wants a Secret`]),
      ...(ownerReferences.length + finalizers.length === 0
        ? []
        : [`${namespace}/${name} has an ownerReference or a finalizer`]),
    ];
  }
}

function digestOf({ metadata, data, type, immutable }: Secret): string {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  const told = JSON.stringify([labels, annotations, finalizers, ownerReferences, data, type, immutable]);
  return createHash('sha256').update(told).digest('hex');
}
