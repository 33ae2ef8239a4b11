import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiKey } from '../../src/api/generated/api-key.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import { hashToken } from '../../src/keys/hash.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { apiKey } from '../support/builders.ts';
import { eventually } from '../support/harness/eventually.ts';
import { recordWatch, type RecordedEvent } from '../support/harness/watch-recorder.ts';
import { KeyWorld } from '../support/key-world.ts';

const KEYS = 8;
const ROTATIONS = 25;
/** Every second key has one, so that its Secrets carry two tokens for a time. */
const OVERLAPS = ['0s', '1s'] as const;

let world: KeyWorld;
beforeAll(async () => {
  world = await KeyWorld.start();
}, 120_000);
afterAll(async () => world[Symbol.asyncDispose]());

test(
  'no Secret carries a token before the API server accepts its hash, or after it stops',
  { timeout: 300_000 },
  async () => {
    const tenant = await world.tenant((project) => project.policy({ minRotationInterval: '0s' }));
    await using keys = await recordWatch(world.client, API_KEYS, { namespace: tenant.authors });
    await using secrets = await recordWatch(world.client, SECRETS);
    const names = Array.from({ length: KEYS }, (_, index) => `key-${index}`);
    await Promise.all(
      names.map(async (name, index) => {
        const ref = `${tenant.authors}/${name}`;
        const key = apiKey(ref, tenant.project).environment('production');
        for (let round = 0; round <= ROTATIONS; round += 1) {
          await world.apply(
            key.with({ rotation: { trigger: `round-${round}`, overlap: OVERLAPS[index % 2] ?? '0s' } }),
          );
          await eventually(async () => expect((await world.key(ref)).status?.version).toBe(round + 1), {
            timeoutMs: 60_000,
          });
          // Drift in the middle of it; where it is gone already, the operator is about to write it.
          if (round % 5 === 4) await world.remove(SECRETS, { namespace: tenant.eu, name }).catch(() => {});
        }
        await eventually(async () => expect((await world.key(ref)).status?.state).toBe('Active'), {
          timeoutMs: 60_000,
        });
      }),
    );
    const deliveries = secrets.events.filter(
      ({ type, object }) => type !== 'DELETED' && isOf(tenant.eu, tenant.us, object),
    );
    const accepted = acceptedSpans(keys.events);
    const misordered = deliveries.flatMap(({ object }) =>
      hashesIn(object).flatMap(({ dataKey, hash }) => {
        const span = accepted.get(hash);
        const isInside = span !== undefined && span.from < at(object) && at(object) < span.until;
        return isInside ? [] : [`${object.metadata.namespace}/${object.metadata.name} ${dataKey} at ${at(object)}`];
      }),
    );
    expect(misordered).toEqual([]);
    // Without these the list above would be empty for want of anything to see.
    expect(accepted.size).toBe(KEYS * (ROTATIONS + 1));
    const seen = new Set(deliveries.flatMap(({ object }) => hashesIn(object).map(({ hash }) => hash)));
    expect(seen.size).toBe(accepted.size);
    expect(deliveries.filter(({ object }) => hashesIn(object).length === 2).length).toBeGreaterThan(
      (KEYS * ROTATIONS) / 2,
    );
  },
);

function isOf(eu: string, us: string, { metadata }: Secret): boolean {
  return metadata.namespace === eu || metadata.namespace === us;
}

/** All writes of a cluster are numbered by one etcd. */
function at({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

function hashesIn({ data = {} }: Secret): readonly { readonly dataKey: string; readonly hash: string }[] {
  return ['token', 'previous.token'].flatMap((dataKey) => {
    const value = data[dataKey];
    return value === undefined ? [] : [{ dataKey, hash: hashToken(Buffer.from(value, 'base64')) }];
  });
}

interface Span {
  readonly key: string;
  readonly from: number;
  until: number;
}

/** By hash: the write of the key object that showed it first, and the first one after that which does not any more. */
function acceptedSpans(events: readonly RecordedEvent<ApiKey>[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const { object } of events) {
    const { name } = object.metadata;
    const versions = (object.status?.environments ?? []).flatMap((environment) => environment.versions ?? []);
    const shown = new Set(versions.map(({ hash }) => hash));
    for (const hash of shown) {
      if (!spans.has(hash)) spans.set(hash, { key: name, from: at(object), until: Number.POSITIVE_INFINITY });
    }
    for (const [hash, span] of spans) {
      if (span.key === name && !shown.has(hash)) span.until = Math.min(span.until, at(object));
    }
  }
  return spans;
}
