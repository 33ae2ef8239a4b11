import { describe, expect, it } from 'vitest';
import { ApiError, ConnectionError } from '../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../src/kube/client/client.ts';
import { Prerequisites, type PrerequisitesOptions } from '../../src/prerequisites.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const answer = (status: number, reason = ''): ApiError =>
  new ApiError({ status, reason, message: 'text of the server' });
const UNKNOWN_PATH = answer(404);
const NOT_FOUND = answer(404, 'NotFound');
const FORBIDDEN = answer(403, 'Forbidden');

/** Answers by call, "list keyprojects" or "create kw"; every answer but the last of a list is given once. */
type Script = Readonly<Record<string, readonly (Error | 'ok')[]>>;

function clientOf(script: Script): { readonly client: KubeClient; readonly calls: string[] } {
  const calls: string[] = [];
  const call = async (name: string): Promise<object> => {
    const answers = script[name] ?? ['ok'];
    const given = answers[Math.min(calls.filter((earlier) => earlier === name).length, answers.length - 1)];
    calls.push(name);
    if (given instanceof Error) throw given;
    return {};
  };
  const client = {
    list: ({ plural }: { plural: string }, { namespace = 'all' }: { namespace?: string }) =>
      call(`list ${plural} ${namespace}`),
    get: (_: unknown, { name }: { name: string }) => call(`get ${name}`),
    create: (_: unknown, { metadata }: { metadata: { name: string } }) => call(`create ${metadata.name}`),
  };
  return { client: client as unknown as KubeClient, calls };
}

function start(script: Script, options: Partial<PrerequisitesOptions> = {}) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const { client, calls } = clientOf(script);
  const prerequisites = new Prerequisites({
    client,
    server: 'https://10.0.0.1:6443/',
    namespace: 'kw',
    createNamespace: false,
    watchNamespaces: undefined,
    clock,
    logger,
    ...options,
  });
  const stop = new AbortController();
  const state = { met: false };
  const met = prerequisites.met(stop.signal).then(() => (state.met = true));
  return { clock, logger, calls, prerequisites, stop, met, state };
}

describe('Prerequisites says what is missing and how to mend it', () => {
  const rows: readonly { name: string; script: Script; options?: Partial<PrerequisitesOptions>; problem: string }[] = [
    {
      name: 'the KeyProject CRD',
      script: { 'list keyprojects all': [UNKNOWN_PATH] },
      problem:
        'the cluster does not know KeyProject; install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds',
    },
    {
      name: 'the ApiKey CRD',
      script: { 'list apikeys all': [UNKNOWN_PATH] },
      problem:
        'the cluster does not know ApiKey; install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds',
    },
    {
      name: 'the CryptoKey CRD',
      script: { 'list cryptokeys all': [UNKNOWN_PATH] },
      problem:
        'the cluster does not know CryptoKey; install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds',
    },
    {
      name: 'the roles',
      script: { 'list keyprojects all': [FORBIDDEN] },
      problem:
        'this account may not list keyprojects; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac',
    },
    {
      name: 'the ApiKey CRD, in the first served namespace that answers',
      script: { 'list apikeys team-a': [FORBIDDEN], 'list apikeys team-b': [UNKNOWN_PATH] },
      options: { watchNamespaces: ['team-a', 'team-b'] },
      problem:
        'the cluster does not know ApiKey; install the CRDs: helm upgrade with crds.enabled=true, or kubectl apply -f crds',
    },
    {
      name: 'the namespace',
      script: { 'get kw': [NOT_FOUND] },
      problem:
        'namespace "kw" does not exist; create it: kubectl create namespace kw, or start with --create-namespace',
    },
    {
      name: 'the right to create the namespace',
      script: { 'get kw': [NOT_FOUND], 'create kw': [FORBIDDEN] },
      options: { createNamespace: true },
      problem:
        'namespace "kw" does not exist and this account may not create it; create it: kubectl create namespace kw',
    },
    {
      name: 'the API server',
      script: { 'list keyprojects all': [new ConnectionError('refused', 'text of the system')] },
      problem:
        'the API server at https://10.0.0.1:6443 cannot be reached (refused); start it, or name another cluster with --kubeconfig or --context',
    },
    {
      name: 'accepted credentials',
      script: { 'list keyprojects all': [answer(401, 'Unauthorized')] },
      problem:
        'the API server does not accept the credentials; if the ServiceAccount was deleted or its token has ended, make them anew: helm upgrade and new pods, or kubectl apply -f deploy/rbac and kubectl create token keywright --namespace kw',
    },
    { name: 'a working API server', script: { 'get kw': [answer(500)] }, problem: 'the API server answers 500' },
  ];
  it.each(rows)('$name', async ({ script, options, problem }) => {
    const { clock, logger, prerequisites, state, stop, met } = start(script, options);
    await clock.advance(10_000);

    expect(state.met).toBe(false);
    expect(prerequisites.problem).toBe(problem);
    expect(logger.lines).toEqual([{ level: 'error', message: `Cannot work yet: ${problem}`, fields: {} }]);

    stop.abort(new Error('stopped'));
    await expect(met).rejects.toThrow('stopped');
  });
});

describe('Prerequisites', () => {
  it('says a problem that stays again after 5 min, and not before', async () => {
    const { clock, logger, stop, met } = start({ 'list keyprojects all': [FORBIDDEN] });
    await clock.advance(299_999);
    expect(logger.lines).toHaveLength(1);
    await clock.advance(1_001);
    expect(logger.lines).toHaveLength(2);
    stop.abort(new Error('stopped'));
    await expect(met).rejects.toThrow('stopped');
  });

  it('is a problem until the first look is complete', async () => {
    const { prerequisites, met } = start({});
    expect(prerequisites.problem).toBe('the first look at the cluster is not complete');
    await met;
    expect(prerequisites.problem).toBeUndefined();
  });
});

describe('Prerequisites is met', () => {
  it('within two seconds of the CRDs being installed', async () => {
    const { clock, prerequisites, state } = start({ 'list keyprojects all': [UNKNOWN_PATH, UNKNOWN_PATH, 'ok'] });
    await clock.advance(3_999);
    expect(state.met).toBe(false);
    await clock.advance(1);
    expect(state.met).toBe(true);
    expect(prerequisites.problem).toBeUndefined();
  });

  it('without a log line when nothing is missing', async () => {
    const { logger, met, calls } = start({});
    await met;
    expect(logger.lines).toEqual([]);
    expect(calls).toEqual(['list keyprojects all', 'list apikeys all', 'list cryptokeys all', 'get kw']);
  });

  it.each([
    { name: 'after creating the namespace', created: 'ok' as const },
    { name: 'when another replica created the namespace first', created: answer(409, 'AlreadyExists') },
  ])('$name', async ({ created }) => {
    const { met, calls } = start({ 'get kw': [NOT_FOUND], 'create kw': [created] }, { createNamespace: true });
    await met;
    expect(calls.at(-1)).toBe('create kw');
  });

  it('without writing when the namespace exists, so that it needs no right to create one', async () => {
    const { met, calls } = start({ 'create kw': [FORBIDDEN] }, { createNamespace: true });
    await met;
    expect(calls).not.toContain('create kw');
  });

  it('although the account may not look at namespaces', async () => {
    const { met, state } = start({ 'get kw': [FORBIDDEN] });
    await met;
    expect(state.met).toBe(true);
  });

  it('never while an error of our own stands: it is thrown', async () => {
    await expect(start({ 'get kw': [new TypeError('fault')] }).met).rejects.toThrow('fault');
  });
});
