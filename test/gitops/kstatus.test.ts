/** What tools that know nothing of us make of our status: kubectl, Helm and the library of Flux. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { API_KEYS } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/objects/objects.ts';
import { helm } from '../support/chart/helm.ts';
import { kstatus, type KstatusResult } from '../support/gitops/kstatus.ts';
import { Kubectl } from '../support/gitops/kubectl.ts';
import { AUTHORS, builtExample, TARGETS } from '../support/gitops/team.ts';
import { KeyWorld } from '../support/key-world.ts';

const CHECKS = 'deploy/argocd/resource_customizations/keywright.dev';
const CHECKOUT = 'apikey/checkout';

/** As operators have written them. */
const JUDGED: readonly (readonly [file: string, status: KstatusResult['status']])[] = [
  ['ApiKey/testdata/progressing_fresh.yaml', 'InProgress'],
  ['ApiKey/testdata/healthy_delivered.yaml', 'Current'],
  ['ApiKey/testdata/healthy_suspended.yaml', 'Current'],
  ['ApiKey/testdata/healthy_revoked.yaml', 'Current'],
  ['ApiKey/testdata/degraded_policyViolation.yaml', 'Failed'],
  ['ApiKey/testdata/degraded_secretConflict.yaml', 'Failed'],
  ['ApiKey/testdata/degraded_quotaExceeded.yaml', 'InProgress'],
  ['CryptoKey/testdata/progressing_fresh.yaml', 'InProgress'],
  ['CryptoKey/testdata/progressing_staleGeneration.yaml', 'InProgress'],
  ['CryptoKey/testdata/healthy_delivered.yaml', 'Current'],
  ['CryptoKey/testdata/degraded_environmentNotFound.yaml', 'Failed'],
  ['CryptoKey/testdata/degraded_quotaExceeded.yaml', 'InProgress'],
  ['KeyProject/testdata/progressing_fresh.yaml', 'InProgress'],
  ['KeyProject/testdata/progressing_staleGeneration.yaml', 'InProgress'],
  ['KeyProject/testdata/progressing_namespaceMissing.yaml', 'InProgress'],
  ['KeyProject/testdata/healthy_mapped.yaml', 'Current'],
  ['KeyProject/testdata/degraded_namespaceMissing.yaml', 'InProgress'],
];

async function objectIn(file: string): Promise<KubeObject> {
  return parse(await readFile(join(CHECKS, file), 'utf8')) as KubeObject;
}

describe('the kstatus of Flux', () => {
  test.each(JUDGED)('makes of %s: %s', async (file, status) => {
    expect(await kstatus(await objectIn(file))).toMatchObject({ status });
  });

  test('takes a key that is being deleted for Terminating', async () => {
    const { metadata, ...rest } = await objectIn('ApiKey/testdata/healthy_delivered.yaml');
    const deleted = { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-11-23T15:00:00Z' } };
    expect(await kstatus(deleted)).toMatchObject({ status: 'Terminating' });
  });
});

describe('a new key', () => {
  const started = new AsyncDisposableStack();
  let world: KeyWorld;
  let kubectl: Kubectl;
  let manifests: string;

  beforeAll(async () => {
    world = started.use(await KeyWorld.startStopped());
    kubectl = started.use(await Kubectl.of(world.cluster.connection));
    for (const name of [AUTHORS, ...TARGETS]) await world.createNamespace(name);
    manifests = await builtExample(kubectl, 'production');
  });
  afterAll(async () => {
    await started.disposeAsync();
  });

  function wait(condition: string, seconds: number): Promise<string> {
    const where = [`--namespace=${AUTHORS}`, `--timeout=${seconds}s`];
    return kubectl.run(['wait', CHECKOUT, `--for=condition=${condition}`, ...where]);
  }

  test('is Ready for kubectl and Helm when it is delivered, not before, and never when it is refused', async () => {
    const chart = join(kubectl.folder, 'chart');
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: keys\nversion: 1.0.0\n');
    const deploy = (content: string, seconds: number): Promise<string> =>
      writeFile(join(chart, 'templates/keys.yaml'), content).then(() =>
        helm(
          ['upgrade', '--install', 'keys', chart, `--namespace=${AUTHORS}`, '--wait', `--timeout=${seconds}s`],
          kubectl.kubeconfig,
        ),
      );

    // No operator has seen them: the status they have is the one that the API server gives them.
    await expect(deploy(manifests, 15)).rejects.toThrow('checkout not ready. status: InProgress');
    await expect(wait('Ready', 0)).rejects.toThrow('condition not met');
    const fresh = await world.client.get(API_KEYS, { namespace: AUTHORS, name: 'checkout' });
    expect(await kstatus(fresh)).toMatchObject({ status: 'InProgress' });

    await world.startOperator();
    await deploy(manifests, 60);
    expect(await wait('Ready', 0)).toContain('condition met');
    expect(await world.hasSecret('payments-prod-eu', 'checkout-token')).toBe(true);

    await expect(deploy(manifests.replace('charges.read', 'admin.all'), 30)).rejects.toThrow(
      'checkout not ready. status: Failed',
    );
    expect(await wait('Stalled', 30)).toContain('condition met');
    expect(await wait('Ready=false', 30)).toContain('condition met');
    await expect(wait('Ready', 0)).rejects.toThrow('condition not met');
  });
});
