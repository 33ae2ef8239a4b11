/** Who may declare keys of which project, and for which of its environments, where the two policies about that are in force. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiKeyBuilder } from '../../support/builders.ts';
import { apiKey, cryptoKey } from '../../support/builders.ts';
import { callAs, type ApiConnection, type ApiRequest } from '../../support/cluster/api-request.ts';
import { requestToken } from '../../support/cluster/request-token.ts';
import { applyManifests, applyObject } from '../../support/harness/apply-manifests.ts';
import { startTestCluster, type TestCluster } from '../../support/test-cluster.ts';
import {
  creation,
  dry,
  expectAllowed,
  expectDenied,
  keyPath,
  merge,
  right,
  userWith,
  WRITES_KEYS,
} from '../../support/harness/attempt.ts';

const USE = 'keywright-use-project';
const DEPLOY = 'keywright-deploy-environments';
const AUTHORS = 'payments-config';
const SIXTEEN = Array.from({ length: 16 }, (_, index) => `env-${index}`);
/** An owner that does not exist: the garbage collector deletes what it is said to own. */
const NOBODY = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: '00000000-0000-0000-0000-000000000001' };
/** Declared by the platform team, for both environments. */
const LIVE = `${AUTHORS}/live`;

let cluster: TestCluster;
let admin: ApiConnection;
/** May use the project and deploy to staging; of another project, only the latter. */
let author: ApiConnection;
/** May use the project and deploy everywhere. */
let lead: ApiConnection;
/** May deploy everywhere, and not use the project. */
let outsider: ApiConnection;
/** Has the rights that RBAC alone asks for. */
let writer: ApiConnection;

beforeAll(async () => {
  cluster = await startTestCluster();
  admin = cluster.connection;
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: AUTHORS } });
  await applyManifests(admin, 'deploy/policies/use-project.yaml');
  await applyManifests(admin, 'deploy/policies/deploy-environments.yaml');
  const use = right('use', 'keyprojects', 'payments');
  const names = ['staging', 'production', ...SIXTEEN].map((name) => `payments.${name}`);
  const everywhere = right('deploy', 'keyprojectenvironments', ...names);
  const staging = right('deploy', 'keyprojectenvironments', 'payments.staging', 'orders.staging');
  author = await userWith(admin, 'author', [WRITES_KEYS, use, staging]);
  lead = await userWith(admin, 'lead', [WRITES_KEYS, use, everywhere]);
  outsider = await userWith(admin, 'outsider', [WRITES_KEYS, everywhere]);
  writer = await userWith(admin, 'writer', [WRITES_KEYS]);
  await callAs(admin, creation(keyFor('live', 'staging', 'production')));
  // From here on both policies are in force.
  await expectDenied(outsider, dry(creation(keyFor('probe', 'staging'))), USE);
  await expectDenied(author, dry(creation(keyFor('probe', 'production'))), DEPLOY);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

function keyFor(name: string, ...environments: readonly string[]): ApiKeyBuilder {
  return environments.reduce(
    (key, environment) => key.environment(environment),
    apiKey(`${AUTHORS}/${name}`, 'payments'),
  );
}

const onLive = (body: unknown): ApiRequest => dry(merge(keyPath(LIVE), body));
const annotated = (name: string): ApiRequest => onLive({ metadata: { annotations: { [name]: '7' } } });

describe('the policy keywright-use-project', () => {
  test('refuses a key of a project that the user may not use, and says how to look', async () => {
    await expectDenied(
      outsider,
      dry(creation(keyFor('mine', 'staging'))),
      USE,
      'outsider may not declare keys of KeyProject payments: the verb use on it is missing',
      'kubectl auth can-i use keyprojects.keywright.dev/payments --all-namespaces',
    );
  });

  test('holds for CryptoKeys too', async () => {
    const pair = cryptoKey(`${AUTHORS}/pair`, 'payments').with({ algorithm: 'Ed25519' }).environment('staging');
    await expectDenied(outsider, dry(creation(pair)), USE);
    await expectAllowed(author, dry(creation(pair)));
  });

  test('lets a key be declared by those who may use its project, and not another one', async () => {
    await expectAllowed(author, dry(creation(keyFor('mine', 'staging'))));
    await expectDenied(
      author,
      dry(creation(apiKey(`${AUTHORS}/theirs`, 'orders').environment('staging'))),
      USE,
      'orders',
    );
  });

  test('is asked about an owner that another one is made of', async () => {
    const owned = `${AUTHORS}/owned`;
    const owner = { ...NOBODY, uid: '00000000-0000-0000-0000-000000000002' };
    const key = keyFor('owned', 'staging').build();
    const body = { ...key, metadata: { ...key.metadata, ownerReferences: [owner] } };
    await callAs(admin, { ...creation(keyFor('owned', 'staging')), body });
    const renamed = dry(merge(keyPath(owned), { metadata: { ownerReferences: [{ ...owner, name: 'other' }] } }));
    await expectDenied(outsider, renamed, USE);
    await expectAllowed(writer, dry(merge(keyPath(owned), { metadata: { ownerReferences: [owner] } })));
  });

  test('is asked about a changed spec and about the annotations that are orders', async () => {
    const changes = [
      onLive({ spec: { displayName: 'Mine now' } }),
      onLive({ spec: { suspended: true } }),
      annotated('keywright.dev/rotate'),
      annotated('keywright.dev/accept-rollback'),
      onLive({ metadata: { ownerReferences: [NOBODY] } }),
    ];
    for (const change of changes) {
      await expectDenied(outsider, change, USE);
      await expectAllowed(lead, change);
    }
  });
});

describe('the policy keywright-deploy-environments', () => {
  test('refuses a key for an environment that the user may not deploy to, and names it', async () => {
    await expectDenied(
      author,
      dry(creation(keyFor('mine', 'staging', 'production'))),
      DEPLOY,
      'author may not deploy keys to payments.production: the verb deploy',
      'kubectl auth can-i --list | grep keyprojectenvironments',
    );
    await expectAllowed(lead, dry(creation(keyFor('mine', 'staging', 'production'))));
  });

  test('refuses to take an environment off a key for those who may not deploy to it', async () => {
    const withdrawal = onLive({ spec: { environments: [{ name: 'staging' }] } });
    await expectDenied(author, withdrawal, DEPLOY, 'payments.production');
    await expectAllowed(lead, withdrawal);
  });

  test('judges as many environments as a key may have', async () => {
    await expectAllowed(lead, dry(creation(keyFor('wide', ...SIXTEEN))));
    await expectDenied(author, dry(creation(keyFor('wide', ...SIXTEEN))), DEPLOY, 'payments.env-0');
    const lastIsForbidden = dry(creation(keyFor('wide', ...SIXTEEN.slice(1), 'unknown')));
    await expectDenied(lead, lastIsForbidden, DEPLOY, 'payments.unknown');
  });

  test('leaves it to those who may deploy everywhere to replace more environments at once than it can judge', async () => {
    const environments = SIXTEEN.map((name) => ({ name }));
    const replacement = onLive({ spec: { environments } });
    await expectDenied(lead, replacement, DEPLOY, 'more than 16 environments together');
    const any = right('deploy', 'keyprojectenvironments');
    const owner = await userWith(admin, 'owner', [WRITES_KEYS, right('use', 'keyprojects', 'payments'), any]);
    await expectAllowed(owner, replacement);
  });
});

describe('what the policy keywright-deploy-environments asks of those who take back', () => {
  const deletion = (ref: string): ApiRequest => dry({ method: 'DELETE', path: keyPath(ref) });

  test('is the right for every environment of the key that is deleted', async () => {
    await expectDenied(author, deletion(LIVE), DEPLOY, 'author may not deploy keys to payments.production');
    await expectDenied(writer, deletion(LIVE), DEPLOY, 'payments.staging');
    await expectAllowed(lead, deletion(LIVE));
  });

  test('is no right where a namespace is deleted, or an owner', async () => {
    const controllers = [
      'system:serviceaccount:kube-system:namespace-controller',
      'system:serviceaccount:kube-system:generic-garbage-collector',
      'system:kube-controller-manager',
    ];
    for (const controller of controllers) {
      await expectAllowed(await userWith(admin, controller, [WRITES_KEYS]), deletion(LIVE));
    }
  });

  test('is no right once the namespace is going, whoever cleans it up', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'leaving' } };
    await applyObject(admin, namespace);
    await callAs(admin, creation(apiKey('leaving/live', 'payments').environment('production')));
    await expectDenied(writer, deletion('leaving/live'), DEPLOY, 'payments.production');
    await callAs(admin, { method: 'DELETE', path: '/api/v1/namespaces/leaving' });
    await expectAllowed(writer, deletion('leaving/live'));
  });

  describe('that has withdrawn an environment', () => {
    const PARTED = `${AUTHORS}/parted`;
    const orders = [
      { revocation: { reason: 'Compromised' } },
      { rotation: { trigger: 'again' } },
      { recoveryWindow: '0s' },
    ].map((spec) => dry(merge(keyPath(PARTED), { spec })));

    beforeAll(async () => {
      await callAs(admin, creation(keyFor('parted', 'staging')));
    });

    const shown = async (state: string, destroyAt?: string): Promise<void> => {
      const key = await callAs(admin, { path: keyPath(PARTED) });
      const production = { name: 'production', state, success: false, ...(destroyAt && { destroyAt }) };
      const body = { ...(key as object), status: { environments: [production] } };
      await callAs(admin, { method: 'PUT', path: `${keyPath(PARTED)}/status`, body });
    };

    test('is the right for that too, while its material waits: orders reach it', async () => {
      // The second is what status shows until the operator has followed the edit that took it away.
      for (const [state, destroyAt] of [['Withdrawn', '2027-01-01T00:00:00Z'], ['Active']] as const) {
        await shown(state, destroyAt);
        for (const order of [...orders, deletion(PARTED)]) {
          await expectDenied(author, order, DEPLOY, 'payments.production');
          await expectAllowed(lead, order);
        }
      }
      await shown('Withdrawn');
      for (const order of [...orders, deletion(PARTED)]) await expectAllowed(author, order);
    });
  });
});

describe('the policies about declaring keys', () => {
  test('ask for nothing when only metadata or status changes', async () => {
    await expectAllowed(writer, onLive({ metadata: { labels: { 'app.kubernetes.io/instance': 'keys' } } }));
    await expectAllowed(writer, onLive({ metadata: { finalizers: ['example.com/hold'] } }));
    const key = (await callAs(admin, { path: keyPath(LIVE) })) as { status?: object };
    const body = { ...key, status: { ...key.status, version: 1 } };
    await expectAllowed(writer, dry({ method: 'PUT', path: `${keyPath(LIVE)}/status`, body }));
  });

  test('ask nothing of whoever applies again what is there', async () => {
    await expectAllowed(writer, onLive(keyFor('live', 'staging', 'production').build()));
  });

  test('judge a GitOps controller by the ServiceAccount that it impersonates, not by its own rights', async () => {
    const controller = 'system:serviceaccount:argocd:argocd-application-controller';
    const team = `system:serviceaccount:${AUTHORS}:gitops`;
    const all = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    const token = await tokenOf('argocd', 'argocd-application-controller');
    await userWith(admin, controller, [all]);
    const rights = [WRITES_KEYS, right('use', 'keyprojects', 'payments')];
    await userWith(admin, team, [...rights, right('deploy', 'keyprojectenvironments', 'payments.staging')]);
    const asItself = { ...admin, token };
    const asTeam = { ...asItself, impersonate: team };
    const applied = (...environments: readonly string[]): ApiRequest => ({
      method: 'PATCH',
      path: `${keyPath(`${AUTHORS}/live`)}?fieldManager=gitops&force=true&dryRun=All`,
      contentType: 'application/apply-patch+yaml',
      body: keyFor('live', ...environments)
        .with({ displayName: 'Synced' })
        .build(),
    });

    await expectAllowed(asItself, applied('staging', 'production'));
    await expectDenied(
      asTeam,
      applied('staging', 'production'),
      DEPLOY,
      `${team} may not deploy keys to payments.production`,
    );
    await expectAllowed(asTeam, dry(creation(keyFor('synced', 'staging'))));
  });
});

async function tokenOf(namespace: string, name: string): Promise<string> {
  await applyObject(admin, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await applyObject(admin, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const token = await requestToken(admin, namespace, name);
  expect(token).not.toBe('');
  return token;
}
