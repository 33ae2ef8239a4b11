import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADOPT_ANNOTATION } from '../../../src/api/labels.ts';
import { API_KEYS, KEY_PROJECTS } from '../../../src/api/resources.ts';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import { consistently, eventually } from '../../support/harness/eventually.ts';
import { KeyWorld } from '../../support/key-world.ts';
import { base64, checkout, issued } from './checkout.ts';

let world: KeyWorld;

beforeAll(async () => {
  world = await KeyWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test('a KeyProject has events in the namespace default, of what holds it and of when it is well', async () => {
  const { project } = await issued(world);
  await eventually(async () => {
    expect(await world.events({ name: project })).toEqual([
      { type: 'Normal', reason: 'Mapped', note: 'Every namespace is there' },
    ]);
  });
  await world.remove(KEY_PROJECTS, { name: project });
  await eventually(async () => {
    const events = await world.events({ name: project });
    const note = expect.stringMatching(/^Keys that use this project hold it: 1;/) as string;
    expect(events).toContainEqual({ type: 'Warning', reason: 'InUse', note });
  });
});

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly project?: string;
}

/** What the operator logged about the keys of a project, without time and level. */
function logOf(project: string): readonly Partial<Line>[] {
  return world.operator.logLines
    .map((line) => JSON.parse(line) as Line & { readonly time: string })
    .filter((line) => line.project === project && line.level === 'info')
    .map(({ time: _time, level: _level, ...rest }) => rest);
}

test('an ordinary first issue has two lines in the log, and a look at it none', async () => {
  const { project, authors, staging, eu, us, ref } = await issued(world);
  const key = { project, kind: 'ApiKey', namespace: authors, name: 'checkout' };
  const versions = (await world.key(ref)).status?.environments?.map(({ name, versions: [current] = [] }) => ({
    environment: name,
    version: 1,
    keyId: current?.keyId,
  }));
  const lines = [
    { ...key, versions: versions?.map((version) => ({ ...version, cause: 'FirstIssue' })), msg: 'Minted a version' },
    { ...key, created: 3, versions, namespaces: [staging, eu, us], msg: 'Delivered Secrets' },
  ];
  expect(logOf(project).filter((line) => 'name' in line)).toEqual(lines);
  world.operator.resync();
  await consistently(async () => expect(logOf(project).filter((line) => 'name' in line)).toHaveLength(2), 500);
});

test('a Secret that is overwritten on consent has an event and a line, and counts as adopted', async () => {
  const tenant = await world.tenant();
  const consent = { annotations: { [ADOPT_ANNOTATION]: `ApiKey/${tenant.authors}/checkout` } };
  const data = { password: base64('theirs') };
  await world.createSecret(tenant.eu, 'checkout', { data, metadata: { name: 'checkout', ...consent } });
  await world.apply(checkout(tenant));
  await world.whenReady(`${tenant.authors}/checkout`);
  expect(logOf(tenant.project)).toContainEqual(expect.objectContaining({ adopted: 1, namespaces: [tenant.eu] }));
  expect(await world.operator.metricsText()).toMatch(/^keywright_deliveries_total\{result="adopted"\} 1$/m);
  await eventually(async () => {
    expect(await world.events({ namespace: tenant.authors, name: 'checkout' })).toContainEqual({
      type: 'Normal',
      reason: 'Adopted',
      note: `Overwrote what was not the key's, with the consent that it carried: Secret "checkout" in namespace "${tenant.eu}"`,
    });
  });
});

test('a deleted key leaves in the log what was withdrawn and why', async () => {
  const { project, authors, staging, eu, us } = await issued(world);
  expect(logOf(project)[0]).toMatchObject({ msg: 'Claimed a KeyProject' });
  await world.remove(API_KEYS, { namespace: authors, name: 'checkout' });
  await world.gone(API_KEYS, { namespace: authors, name: 'checkout' });
  expect(logOf(project).slice(-3)).toMatchObject([
    { environment: 'staging', cause: 'KeyDeleted', msg: 'Withdrew an environment' },
    { environment: 'production', cause: 'KeyDeleted', msg: 'Withdrew an environment' },
    { withdrawn: 3, namespaces: [staging, eu, us], msg: 'Withdrew Secrets' },
  ]);
});

test('an ordinary first issue has two events', async () => {
  const { authors } = await issued(world);
  await eventually(async () => {
    const events = await world.events({ namespace: authors, name: 'checkout' });
    expect(events.map(({ reason }) => reason).toSorted()).toEqual(['Delivered', 'Minted']);
  });
});

test('each namespace whose Secret is put back has an event of its own', async () => {
  const { authors, eu, us, ref } = await issued(world);
  for (const namespace of [eu, us]) {
    await world.remove(SECRETS, { namespace, name: 'checkout' });
    await eventually(async () => expect(await world.hasSecret(namespace, 'checkout')).toBe(true));
    await world.whenReady(ref);
  }
  await eventually(async () => {
    const events = await world.events({ namespace: authors, name: 'checkout' });
    const repairs = events.filter(({ reason }) => reason === 'DriftRepaired').map(({ note }) => note);
    expect(repairs.toSorted()).toEqual(
      [eu, us].map(
        (namespace) => `Put back what had been changed or deleted: Secret "checkout" in namespace "${namespace}"`,
      ),
    );
  });
});

test('metrics count a key in conflict as not ready, and name watches as Kubernetes names what they watch', async () => {
  const tenant = await world.tenant();
  await world.createSecret(tenant.eu, 'checkout', { data: { password: base64('theirs') } });
  await world.apply(checkout(tenant));
  await world.whenKey(`${tenant.authors}/checkout`, { status: 'False', reason: 'SecretConflict' });
  const conflicts = 'keywright_keys_not_ready{kind="ApiKey",reason="SecretConflict"} 1';
  await eventually(async () => expect((await world.operator.metricsText()).split('\n')).toContain(conflicts));
  const watches = (await world.operator.metricsText()).matchAll(/^keywright_watch_\w+\{resource="(\w+)"\}/gm);
  const resources = [...watches].map(([, resource = '']) => resource);
  const watched = ['apikeys', 'configmaps', 'cryptokeys', 'keyprojects', 'namespaces', 'secrets'];
  expect(resources.toSorted()).toEqual(watched);
});
