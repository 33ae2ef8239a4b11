import { expect, test } from 'vitest';
import type { KeyProject } from '../../../../src/api/generated/key-project.ts';
import { ClaimedElsewhere } from '../../../../src/controllers/key-project/claimed-elsewhere.ts';
import { KeyProjectController } from '../../../../src/controllers/key-project/controller.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { INSTALLATION, keyProjectOf, NOW } from '../../../support/facts.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const { signal } = new AbortController();

interface Stage {
  readonly project?: KeyProject;
  /** What the API server makes of a project that is written. */
  readonly afterWrite?: (project: KeyProject) => KeyProject;
}

/** Surroundings with at most one project, no namespace and no key. */
function portsWith({ project, afterWrite = (written) => written }: Stage): {
  readonly ports: KeyPorts;
  readonly statuses: readonly KeyProject['status'][];
} {
  const statuses: KeyProject['status'][] = [];
  const none = { get: () => undefined, list: () => [], byIndex: () => [] };
  const projects = {
    lister: { ...none, get: () => project },
    trackWrite: (_key: string, _version: string, write: () => Promise<KeyProject>) => write(),
  };
  const ports = {
    client: {
      patch: async () => afterWrite(project ?? keyProjectOf()),
      updateStatus: async (_resource: unknown, { status }: KeyProject) => {
        statuses.push(status);
        return { ...(project ?? keyProjectOf()), status };
      },
    },
    caches: {
      projects,
      keys: { ApiKey: { lister: none }, CryptoKey: { lister: none } },
      records: { lister: none },
      namespaces: { lister: none },
    },
    clock: { now: () => NOW, monotonicMs: () => 0 },
    importKeys: {},
    installation: { state: { kind: 'Ready' }, macContext: { installation: INSTALLATION } },
    events: { record: () => {} },
    logger: { info: () => {} },
    operatorNamespace: 'operator',
  };
  return { ports: ports as unknown as KeyPorts, statuses };
}

const nowhereElse = new ClaimedElsewhere({
  events: { record: () => {} },
  logger: new RecordingLogger(),
  setCount: () => {},
});

test('KeyProjectController is done with a project that is gone', async () => {
  const controller = new KeyProjectController(portsWith({}).ports, nowhereElse);
  await expect(controller.reconcile('payments', { signal })).resolves.toEqual({ kind: 'done' });
});

test('KeyProjectController fails when its claim does not last, and tells so from the second pass on', async () => {
  const unclaimed = keyProjectOf();
  const { annotations: _taken, ...metadata } = unclaimed.metadata;
  const project = { ...unclaimed, metadata };
  const { ports, statuses } = portsWith({ project, afterWrite: () => project });
  const controller = new KeyProjectController(ports, nowhereElse);

  const unsettled = { code: 'KW_PLAN_UNSETTLED', message: expect.stringContaining('last step Claim') as string };
  await expect(controller.reconcile('payments', { signal })).rejects.toMatchObject(unsettled);
  expect(statuses).toEqual([]);
  await expect(controller.reconcile('payments', { signal })).rejects.toMatchObject(unsettled);
  expect(statuses).toMatchObject([{ conditions: [{ type: 'Ready', status: 'False', reason: 'InternalError' }] }]);
});
