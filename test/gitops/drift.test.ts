/** Examples applied over and over by kubectl, in both of its ways: nothing differs from what was declared. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MANAGED_LABEL } from '../../src/api/labels.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { systemClock } from '../../src/system-clock.ts';
import { secretsOfReadme } from '../support/example-secrets.ts';
import { Kubectl } from '../support/gitops/kubectl.ts';
import { versionsOf, whenSettled } from '../support/gitops/settled.ts';
import { AUTHORS, builtExample, TARGETS } from '../support/gitops/team.ts';
import { applyObject } from '../support/harness/apply-manifests.ts';
import { KeyWorld } from '../support/key-world.ts';
import { resynced } from '../support/resynced.ts';
import { WarpedClock } from '../support/warped-clock.ts';

/** Examples expire on days that are to come when they are read; here it is never later than this. */
const TODAY = Date.parse('2026-11-23T12:00:00Z');
const QUICKSTART = 'examples/quickstart';

const others = (await readdir('examples', { recursive: true }))
  .filter((file) => file.endsWith('.yaml') && !/^(gitops|quickstart)\//.test(file))
  .map((file) => `examples/${file}`)
  .toSorted();

const WAYS: readonly { readonly way: string; readonly flags: readonly string[] }[] = [
  { way: 'client-side', flags: [] },
  { way: 'server-side', flags: ['--server-side'] },
];
/** Each on a cluster of its own: all call their project "payments". The other overlay is what Argo CD and Flux apply. */
const SETS: readonly { readonly what: string; readonly files: (kubectl: Kubectl) => Promise<readonly string[]> }[] = [
  { what: 'the examples', files: async () => [QUICKSTART, ...others] },
  { what: 'the overlays "staging"', files: (kubectl) => built(kubectl, 'staging') },
];

async function built(kubectl: Kubectl, overlay: 'staging'): Promise<readonly string[]> {
  const file = join(kubectl.folder, `${overlay}.yaml`);
  await writeFile(file, await builtExample(kubectl, overlay));
  return [file];
}

async function startWorld(): Promise<KeyWorld> {
  const clock = new WarpedClock();
  clock.jump(TODAY - systemClock.now().getTime());
  const world = await KeyWorld.start({ dependencies: { clock } });
  for (const name of [AUTHORS, 'payments-staging', ...TARGETS]) await world.createNamespace(name);
  for (const secret of await secretsOfReadme()) await applyObject(world.cluster.connection, secret);
  return world;
}

/** Names of what others than us have put onto Secrets that we wrote. */
async function foreignMarks(world: KeyWorld): Promise<readonly string[]> {
  const { items } = await world.client.list(SECRETS, { labelSelector: MANAGED_LABEL });
  expect(items).not.toEqual([]);
  const marks = items.flatMap(({ metadata }) => Object.keys({ ...metadata.labels, ...metadata.annotations }));
  return marks.filter((mark) => !mark.startsWith('keywright.dev/'));
}

describe.each(SETS)('$what', ({ files }) => {
  test.each(WAYS)('show no drift when they are applied $way, and 20 times more', async ({ flags }) => {
    await using world = await startWorld();
    await using kubectl = await Kubectl.of(world.cluster.connection);
    const paths = (await files(kubectl)).map((file) => `--filename=${file}`);
    await kubectl.run(['apply', '--validate=strict', ...flags, ...paths]);
    await whenSettled(world.client, { timeoutMs: 60_000 });
    expect(await kubectl.run(['diff', ...flags, ...paths])).toBe('');

    const versions = await versionsOf(world.client);
    await kubectl.run(['apply', ...flags, ...Array.from({ length: 20 }, () => paths).flat()]);
    await resynced(world.operator);
    expect(await versionsOf(world.client)).toEqual(versions);
    expect(await foreignMarks(world)).toEqual([]);
  });
});
