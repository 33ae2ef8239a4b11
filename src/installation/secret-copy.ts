import { withoutDataCopies } from '../kube/objects/data-copies.ts';
import type { Secret } from '../kube/objects/objects.ts';

/**
 * A Secret as it was read, kept in memory to be put back with the same bytes. The body does not show in
 * JSON.stringify or in an inspected object.
 */
export class SecretCopy {
  readonly name: string;
  readonly namespace: string;
  readonly #body: Secret;

  /** @throws {TypeError} if the Secret has no namespace, so was not read from an API server. */
  constructor(secret: Secret) {
    const { name, namespace, labels, annotations } = secret.metadata;
    if (namespace === undefined) throw new TypeError(`Cannot keep a copy of Secret "${name}": it has no namespace`);
    this.name = name;
    this.namespace = namespace;
    this.#body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name,
        namespace,
        ...(labels !== undefined && { labels }),
        ...(annotations !== undefined && { annotations: withoutDataCopies(annotations) }),
      },
      ...(secret.type !== undefined && { type: secret.type }),
      ...(secret.immutable !== undefined && { immutable: secret.immutable }),
      ...(secret.data !== undefined && { data: secret.data }),
    };
  }

  /** What to POST when the Secret is gone. */
  body(): Secret {
    return this.#body;
  }

  /** What to PUT over a live Secret of the same type: our bytes, its metadata but for copies of its bytes. */
  over(live: Secret): Secret {
    const { annotations, ...metadata } = live.metadata;
    return {
      ...live,
      metadata: { ...metadata, ...(annotations !== undefined && { annotations: withoutDataCopies(annotations) }) },
      data: this.#body.data ?? {},
    };
  }

  /** Whether the live Secret still means the same. Labels, annotations and the immutable flag may differ. */
  matches(live: Secret): boolean {
    const ours = this.#body.data ?? {};
    const theirs = live.data ?? {};
    const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return this.hasTypeOf(live) && [...names].every((name) => ours[name] === theirs[name]);
  }

  /** A Secret's type cannot be edited: one of another type was made by somebody else. */
  hasTypeOf({ type }: Secret): boolean {
    return type === this.#body.type;
  }
}
