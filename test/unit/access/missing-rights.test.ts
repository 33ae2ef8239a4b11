import { expect, test } from 'vitest';
import { ConnectionError } from '../../../src/kube/errors/api-error.ts';
import type { KubeClient } from '../../../src/kube/client/client.ts';
import { CONFIG_MAPS, SECRETS } from '../../../src/kube/objects/resource.ts';
import { KEY_PROJECTS } from '../../../src/api/resources.ts';
import { MissingRights } from '../../../src/access/missing-rights.ts';
import type { RequiredRight } from '../../../src/access/required-rights.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const RIGHTS: readonly RequiredRight[] = [
  { verbs: ['get', 'create', 'delete'], resource: SECRETS },
  { verbs: ['update'], resource: KEY_PROJECTS, subresource: 'status' },
  { verbs: ['update'], resource: CONFIG_MAPS, namespace: 'kw', name: 'keywright-import' },
];
const SERVED: RequiredRight = { verbs: ['delete'], resource: SECRETS, namespace: 'team-a' };
const MEND = 'install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac';

interface Attributes {
  readonly verb: string;
  readonly resource: string;
}

/** @param denied "<verb> <resource>" of what is refused; changed by the test as it goes. */
function start(
  denied: Set<string>,
  { fault, rights = RIGHTS }: { fault?: Error; rights?: readonly RequiredRight[] } = {},
) {
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const asked: Attributes[] = [];
  const create = async (_: unknown, review: { spec: { resourceAttributes: Attributes } }): Promise<object> => {
    const { resourceAttributes: attributes } = review.spec;
    asked.push(attributes);
    if (fault !== undefined) throw fault;
    return { metadata: {}, status: { allowed: !denied.has(`${attributes.verb} ${attributes.resource}`) } };
  };
  const client = { create } as unknown as KubeClient;
  const missing = new MissingRights({ client, rights, namespace: 'kw', clock, logger });
  const stop = new AbortController();
  return { clock, logger, asked, missing, stop, ended: missing.run(stop.signal) };
}

test('MissingRights says which verbs on what are missing, in the log once, until they are granted', async () => {
  const denied = new Set(['create secrets', 'delete secrets', 'update keyprojects', 'update configmaps']);
  const { clock, logger, missing } = start(denied);
  await clock.advance(10_000);
  expect(missing.problem).toBe(`this account may not create and delete secrets; ${MEND}`);
  expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    `error: Cannot do all work: this account may not create and delete secrets; ${MEND}`,
    `error: Cannot do all work: this account may not update keyprojects/status; ${MEND}`,
    `error: Cannot do all work: this account may not update configmaps "keywright-import" in namespace "kw"; ${MEND}`,
  ]);
  denied.clear();
  await clock.advance(2_000);
  expect(missing.problem).toBeUndefined();
});

test('MissingRights tells of a served namespace in the log, and fails readiness for the rest alone', async () => {
  const denied = new Set(['delete secrets']);
  const { clock, logger, missing } = start(denied, { rights: [SERVED, ...RIGHTS.slice(1)] });
  await clock.advance(10_000);
  expect(missing.problem).toBeUndefined();
  expect(logger.lines.map(({ message }) => message)).toEqual([
    `Cannot do all work: this account may not delete secrets in namespace "team-a"; ${MEND}`,
  ]);
  denied.add('update configmaps');
  missing.refused();
  await clock.advance(32_000);
  expect(missing.problem).toBe(`this account may not update configmaps "keywright-import" in namespace "kw"; ${MEND}`);
});

test('MissingRights asks once, and nothing more of a settled operator', async () => {
  const { clock, asked } = start(new Set());
  await clock.advance(3_600_000);
  expect(asked).toHaveLength(5);
  expect(asked[0]).toEqual({ verb: 'get', group: '', resource: 'secrets' });
  expect(asked[4]).toEqual({
    verb: 'update',
    group: '',
    resource: 'configmaps',
    namespace: 'kw',
    name: 'keywright-import',
  });
});

test('MissingRights asks again for what is missing, not for all', async () => {
  const { clock, asked } = start(new Set(['update keyprojects']));
  await clock.advance(1_000);
  const before = asked.length;
  await clock.advance(60_000);
  expect(new Set(asked.slice(before).map(({ verb, resource }) => `${verb} ${resource}`))).toEqual(
    new Set(['update keyprojects']),
  );
});

test('MissingRights asks seldom for a right in a served namespace, and tells when it is lost again', async () => {
  const denied = new Set(['delete secrets', 'update keyprojects']);
  const { clock, asked, missing, logger } = start(denied, { rights: [SERVED, ...RIGHTS.slice(1)] });
  const told = (): number => logger.lines.filter(({ message }) => message.includes('may not delete')).length;
  await clock.advance(50_000);
  expect(asked.filter(({ verb }) => verb === 'delete')).toHaveLength(2);
  expect(told()).toBe(1);
  denied.clear();
  await clock.advance(3_600_000);
  expect(asked.filter(({ verb }) => verb === 'delete')).toHaveLength(3);
  denied.add('delete secrets');
  missing.refused();
  await clock.advance(2_000);
  expect(told()).toBe(2);
});

test('MissingRights asks again after a refusal, but not for each of many', async () => {
  const denied = new Set<string>();
  const { clock, asked, missing } = start(denied);
  await clock.advance(60_000);
  denied.add('create secrets');
  missing.refused();
  await clock.advance(2_000);
  expect(missing.problem).toContain('may not create secrets');
  denied.clear();
  await clock.advance(2_000);
  expect(missing.problem).toBeUndefined();
  const before = asked.length;
  for (let second = 0; second < 60; second += 1) {
    missing.refused();
    await clock.advance(1_000);
  }
  expect(asked.length - before).toBe(2 * 5);
});

test('MissingRights takes what it cannot ask for granted', async () => {
  const { clock, logger, missing } = start(new Set(), { fault: new ConnectionError('timeout', 'no answer') });
  await clock.advance(5_000);
  expect(missing.problem).toBeUndefined();
  expect(logger.lines).toEqual([]);
});

test('MissingRights ends with its signal and leaves no timer behind', async () => {
  const { clock, stop, ended } = start(new Set());
  await clock.advance(1_000);
  stop.abort();
  await ended;
  expect(clock.sleeping).toBe(0);
});
