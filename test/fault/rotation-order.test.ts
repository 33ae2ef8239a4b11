import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_KEYS } from '../../src/api/resources.ts';
import type { KubeObject, Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { apiKey } from '../support/builders.ts';
import { eventually } from '../support/harness/eventually.ts';
import { recordWatch, type RecordedEvent } from '../support/harness/watch-recorder.ts';
import { KeyWorld } from '../support/key-world.ts';
import { acceptedSpans, hashesIn, misorderedTokens } from '../support/history/misordered-tokens.ts';

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
    const shown = await Promise.all(names.map((name) => world.key(`${tenant.authors}/${name}`)));
    const carried = await Promise.all(names.map((name) => world.secret(tenant.eu, name)));
    await keys.until((events) => shown.every((object) => isSeen(events, object)));
    await secrets.until((events) => carried.every((object) => isSeen(events, object)));
    const deliveries = secrets.events.filter(
      ({ type, object }) => type !== 'DELETED' && isOf(tenant.eu, tenant.us, object),
    );
    const secretsSeen = deliveries.map(({ object }) => object);
    expect(misorderedTokens(keys.events, secretsSeen)).toEqual([]);
    // Without these the list above would be empty for want of anything to see.
    const accepted = acceptedSpans(keys.events);
    expect(accepted.size).toBe(KEYS * (ROTATIONS + 1));
    const seen = new Set(secretsSeen.flatMap((secret) => hashesIn(secret).map(({ hash }) => hash)));
    expect(seen.size).toBe(accepted.size);
    expect(secretsSeen.filter((secret) => hashesIn(secret).length === 2).length).toBeGreaterThan(
      (KEYS * ROTATIONS) / 2,
    );
  },
);

function isSeen(events: readonly RecordedEvent<KubeObject>[], { metadata }: KubeObject): boolean {
  return events.some(({ object }) => Number(object.metadata.resourceVersion) >= Number(metadata.resourceVersion));
}

function isOf(eu: string, us: string, { metadata }: Secret): boolean {
  return metadata.namespace === eu || metadata.namespace === us;
}
