import { expect, test } from 'vitest';
import { AccessProblems } from '../../../src/access/access-problems.ts';
import { LEASES, NAMESPACES, SECRETS } from '../../../src/kube/objects/resource.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const SECRETS_REFUSED =
  'this account may not list and watch secrets; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac';

function setUp() {
  const logger = new RecordingLogger();
  return { logger, access: new AccessProblems({ logger, namespace: 'kw' }) };
}

test('AccessProblems names what is refused and the remedy until it is granted, in the log once', () => {
  const { access, logger } = setUp();
  access.observe({ resource: SECRETS }, 403);
  access.observe({ resource: SECRETS }, 403);
  access.observe({ resource: NAMESPACES }, undefined);
  expect(access.problem).toBe(SECRETS_REFUSED);
  expect(logger.lines).toEqual([{ level: 'error', message: `Cannot work: ${SECRETS_REFUSED}`, fields: {} }]);
  access.observe({ resource: SECRETS }, undefined);
  expect(access.problem).toBeUndefined();
});

test('AccessProblems shows the next problem when the first is mended', () => {
  const { access } = setUp();
  access.observe({ resource: SECRETS }, 403);
  access.observe({ resource: LEASES, namespace: 'kw' }, 403);
  access.observe({ resource: SECRETS }, undefined);
  expect(access.problem).toBe(
    'this account may not get, create and update leases in namespace "kw"; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac',
  );
});

test('AccessProblems tells of a served namespace in the log once, and fails readiness for the rest alone', () => {
  const { access, logger } = setUp();
  access.observe({ resource: SECRETS, namespace: 'team-a' }, 403);
  access.observe({ resource: SECRETS, namespace: 'team-a' }, 403);
  expect(access.problem).toBeUndefined();
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'Cannot do all work: this account may not list and watch secrets in namespace "team-a"; install the roles: helm upgrade with rbac.create=true, or kubectl apply -f deploy/rbac',
  ]);
  access.observe({ resource: SECRETS, namespace: 'kw' }, 403);
  expect(access.problem).toContain('may not list and watch secrets in namespace "kw"');
});

test('AccessProblems fails readiness for credentials that are not accepted, wherever they were tried', () => {
  const { access } = setUp();
  access.observe({ resource: SECRETS, namespace: 'team-a' }, 401);
  expect(access.problem).toContain('the API server does not accept the credentials');
});

test('AccessProblems has one line for an account that is refused everywhere', () => {
  const { access, logger } = setUp();
  for (const resource of [SECRETS, NAMESPACES, LEASES]) access.observe({ resource }, 401);
  expect(logger.lines).toHaveLength(1);
  expect(access.problem).toContain('kubectl create token keywright --namespace kw');
});
