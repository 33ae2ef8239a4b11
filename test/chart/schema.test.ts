import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, ciValuesFiles, renderText } from '../support/chart/helm.ts';

type Json = Readonly<Record<string, unknown>>;

/** A wrong value at each path, and what Helm says of it. */
const REFUSED: readonly (readonly [path: string, value: unknown, says: RegExp])[] = [
  ['replicas', 3, /additional properties 'replicas' not allowed/],
  ['replicaCount', '2', /got string, want integer/],
  ['replicaCount', -1, /minimum: got -1, want 0/],
  ['replicaCount', 11, /maximum: got 11, want 10/],
  ['global', 'x', /got string, want object/],
  ['image', 'keywright', /got string, want object/],
  ['image.name', 'keywright', /'name' not allowed/],
  ['image.registry', 1, /got number, want string/],
  ['image.registry', 'https://registry.example.com', /does not match pattern/],
  ['image.registry', 'registry.example.com/', /does not match pattern/],
  ['image.registry', 'registry.example.com//platform', /does not match pattern/],
  ['image.registry', 'registry.example.com/Platform', /does not match pattern/],
  ['image.registry', 'registry.example.com/platform:5000', /does not match pattern/],
  ['image.registry', '/platform', /does not match pattern/],
  ['image.registry', 'registry.example.com/plat..form', /does not match pattern/],
  ['image.repository', 1, /got number, want string/],
  ['image.repository', 'Keywright', /does not match pattern/],
  ['image.tag', 1.5, /got number, want string/],
  ['image.tag', 'a b', /does not match pattern/],
  ['image.digest', 1, /got number, want string/],
  ['image.digest', 'sha256:12', /does not match pattern/],
  ['image.pullPolicy', 'Sometimes', /must be one of 'Always', 'IfNotPresent', 'Never'/],
  ['imagePullSecrets', 'login', /got string, want array/],
  ['imagePullSecrets', ['login'], /got string, want object/],
  ['imagePullSecrets', [{}], /missing property 'name'/],
  ['imagePullSecrets', [{ name: 'a', key: 'b' }], /'key' not allowed/],
  ['imagePullSecrets', [{ name: 1 }], /got number, want string/],
  ['imagePullSecrets', [{ name: 'A' }], /does not match pattern/],
  ['imagePullSecrets', [{ name: 'a'.repeat(64) }], /maxLength: got 64, want 63/],
  ['nameOverride', 1, /got number, want string/],
  ['nameOverride', 'a_b', /does not match pattern/],
  ['fullnameOverride', 'a'.repeat(64), /maxLength: got 64, want 63/],
  ['commonLabels', [], /got array, want object/],
  ['commonLabels', { team: 1 }, /got number, want string/],
  ['crds', false, /got boolean, want object/],
  ['crds.install', true, /'install' not allowed/],
  ['crds.enabled', 'yes', /got string, want boolean/],
  ['crds.keep', 'yes', /got string, want boolean/],
  ['targetNamespaces', 'payments', /got string, want array/],
  ['targetNamespaces', ['payments', 'payments'], /items at 0 and 1 are equal/],
  ['targetNamespaces', Array.from({ length: 501 }, (_, index) => `n${index}`), /maxItems: got 501, want 500/],
  ['keyring', 'keywright-keyring', /got string, want object/],
  ['keyring.secret', 'keywright-keyring', /'secret' not allowed/],
  ['keyring.existingSecret', 'kek', /must be one of '', 'keywright-keyring'/],
  ['serviceAccount', 'keywright', /got string, want object/],
  ['serviceAccount.labels', {}, /'labels' not allowed/],
  ['serviceAccount.create', 1, /got number, want boolean/],
  ['serviceAccount.automount', 1, /got number, want boolean/],
  ['rbac', true, /got boolean, want object/],
  ['rbac.aggregateToAdmin', true, /'aggregateToAdmin' not allowed/],
  ['rbac.create', 1, /got number, want boolean/],
  ['rbac.aggregateToView', 1, /got number, want boolean/],
  ['rbac.aggregateToEdit', 1, /got number, want boolean/],
  ['policies', true, /got boolean, want object/],
  ['policies.enabled', true, /'enabled' not allowed/],
  ['policies.useProject', true, /got boolean, want object/],
  ['policies.useProject.verb', 'use', /'verb' not allowed/],
  ['policies.useProject.enabled', 1, /got number, want boolean/],
  ['policies.managedSecrets', true, /got boolean, want object/],
  ['policies.managedSecrets.users', [], /'users' not allowed/],
  ['policies.managedSecrets.enabled', 1, /got number, want boolean/],
  ['policies.managedSecrets.writers', 'velero', /got string, want array/],
  ['policies.managedSecrets.writers', [1], /got number, want string/],
  ['policies.managedSecrets.writers', ["velero'] || true || ['"], /does not match pattern/],
  ['policies.managedSecrets.writers', ['velero', 'velero'], /items at 0 and 1 are equal/],
  ['policies.validationActions', 'Deny', /got string, want array/],
  ['policies.validationActions', [], /minItems: got 0, want 1/],
  ['policies.validationActions', ['Deny', 'Deny'], /items at 0 and 1 are equal/],
  ['policies.validationActions', ['deny'], /must be one of 'Deny', 'Warn', 'Audit'/],
  ['leaderElection', true, /got boolean, want object/],
  ['leaderElection.namespace', 'x', /'namespace' not allowed/],
  ['leaderElection.enabled', 1, /got number, want boolean/],
  ['leaderElection.leaseDuration', 15, /got number, want string/],
  ['leaderElection.leaseDuration', '1500ms', /does not match pattern/],
  ['leaderElection.renewDeadline', 10, /got number, want string/],
  ['leaderElection.renewDeadline', '1h30m', /does not match pattern/],
  ['workers', '8', /got string, want integer/],
  ['workers', 0, /minimum: got 0, want 1/],
  ['workers', 65, /maximum: got 65, want 64/],
  ['resyncInterval', 10, /got number, want string/],
  ['resyncInterval', '10', /does not match pattern/],
  ['log', 'debug', /got string, want object/],
  ['log.file', 'x', /'file' not allowed/],
  ['log.level', 'trace', /must be one of 'error', 'warn', 'info', 'debug'/],
  ['log.format', 'auto', /must be one of 'json', 'pretty'/],
  ['extraArgs', '--x', /got string, want array/],
  ['extraArgs', [1], /got number, want string/],
  ['extraArgs', ['workers=3'], /does not match pattern/],
  ['extraEnv', {}, /got object, want array/],
  ['extraEnv', ['A=B'], /got string, want object/],
  ['extraEnv', [{ value: 'x' }], /missing property 'name'/],
  ['extraEnv', [{ name: 1 }], /got number, want string/],
  ['extraEnv', [{ name: '' }], /minLength: got 0, want 1/],
  ['extraVolumes', {}, /got object, want array/],
  ['extraVolumes', ['ca'], /got string, want object/],
  ['extraObjects', {}, /got object, want array/],
  ['extraObjects', [1], /got number, want string or object/],
  ['revisionHistoryLimit', '3', /got string, want integer/],
  ['revisionHistoryLimit', -1, /minimum: got -1, want 0/],
  ['strategy', 'Recreate', /got string, want object/],
  ['strategy', { type: null }, /missing property 'type'/],
  ['strategy.type', 'OnDelete', /must be one of 'RollingUpdate', 'Recreate'/],
  ['strategy.rollingUpdate', 1, /got number, want null or object/],
  ['strategy.maxSurge', 1, /'maxSurge' not allowed/],
  ['terminationGracePeriodSeconds', '30', /got string, want integer/],
  ['terminationGracePeriodSeconds', 4, /minimum: got 4, want 5/],
  ['terminationGracePeriodSeconds', 601, /maximum: got 601, want 600/],
  ['priorityClassName', 1, /got number, want string/],
  ['affinity', [], /got array, want object/],
  ['topologySpreadConstraints', {}, /got object, want array/],
  ['topologySpreadConstraints', ['zone'], /got string, want object/],
  ['topologySpreadConstraints', [{ maxSkew: 1 }], /missing properties 'topologyKey', 'whenUnsatisfiable'/],
  ['podSecurityContext', [], /got array, want object/],
  ['securityContext', [], /got array, want object/],
  ['resources', 'small', /got string, want object/],
  ['resources.cpu', '1', /'cpu' not allowed/],
  ['resources.limits', '1Gi', /got string, want object/],
  ['resources.limits', { memory: [] }, /got array, want number or string/],
  ['maxHeapMiB', '256', /got string, want integer/],
  ['maxHeapMiB', 63, /minimum: got 63, want 64/],
  ['maxHeapMiB', 65_537, /maximum: got 65537|maximum: got 65,537/],
  ['health', 8081, /got number, want object/],
  ['health.path', '/', /'path' not allowed/],
  ['health.port', '8081', /got string, want integer/],
  ['health.port', 0, /minimum: got 0, want 1/],
  ['health.port', 65_536, /maximum: got 65536|maximum: got 65,536/],
  ['startupProbe', false, /got boolean, want object/],
  ['startupProbe.httpGet', {}, /'httpGet' not allowed/],
  ['startupProbe.enabled', 1, /got number, want boolean/],
  ['startupProbe.periodSeconds', 0, /minimum: got 0, want 1/],
  ['startupProbe.periodSeconds', '2', /got string, want integer/],
  ['startupProbe.successThreshold', 2, /value must be 1/],
  ['livenessProbe', false, /got boolean, want object/],
  ['livenessProbe.exec', {}, /'exec' not allowed/],
  ['livenessProbe.enabled', 1, /got number, want boolean/],
  ['livenessProbe.successThreshold', 2, /value must be 1/],
  ['readinessProbe', false, /got boolean, want object/],
  ['readinessProbe.exec', {}, /'exec' not allowed/],
  ['readinessProbe.enabled', 1, /got number, want boolean/],
  ['podDisruptionBudget', true, /got boolean, want object/],
  ['podDisruptionBudget.max', 1, /'max' not allowed/],
  ['podDisruptionBudget.enabled', 1, /got number, want boolean/],
  ['podDisruptionBudget.minAvailable', -1, /minimum: got -1, want 0/],
  ['podDisruptionBudget.minAvailable', 'half', /does not match pattern/],
  ['podDisruptionBudget.maxUnavailable', true, /got boolean, want integer|got boolean, want string/],
  ['networkPolicy', true, /got boolean, want object/],
  ['networkPolicy.egress', [], /'egress' not allowed/],
  ['networkPolicy.enabled', 1, /got number, want boolean/],
  ['networkPolicy.apiServer', '10.0.0.1', /got string, want object/],
  ['networkPolicy.apiServer.port', 443, /'port' not allowed/],
  ['networkPolicy.apiServer.ports', 443, /got number, want array/],
  ['networkPolicy.apiServer.ports', [], /minItems: got 0, want 1/],
  ['networkPolicy.apiServer.ports', [443, 443], /items at 0 and 1 are equal/],
  ['metrics', true, /got boolean, want object/],
  ['metrics.path', '/', /'path' not allowed/],
  ['metrics.enabled', 1, /got number, want boolean/],
  ['metrics.service', true, /got boolean, want object/],
  ['metrics.service.port', 80, /'port' not allowed/],
  ['metrics.service.enabled', 1, /got number, want boolean/],
  ['metrics.serviceMonitor', true, /got boolean, want object/],
  ['metrics.serviceMonitor.path', '/', /'path' not allowed/],
  ['metrics.serviceMonitor.enabled', 1, /got number, want boolean/],
  ['metrics.serviceMonitor.interval', 30, /got number, want string/],
  ['metrics.serviceMonitor.interval', 'often', /does not match pattern/],
  ['metrics.podMonitor', true, /got boolean, want object/],
  ['metrics.podMonitor.path', '/', /'path' not allowed/],
  ['metrics.podMonitor.enabled', 1, /got number, want boolean/],
  ['metrics.prometheusRule', true, /got boolean, want object/],
  ['metrics.prometheusRule.rules', [], /'rules' not allowed/],
  ['metrics.prometheusRule.enabled', 1, /got number, want boolean/],
  ['metrics.grafanaDashboard', true, /got boolean, want object/],
  ['metrics.grafanaDashboard.folder', 'x', /'folder' not allowed/],
  ['metrics.grafanaDashboard.enabled', 1, /got number, want boolean/],
];

const schema = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8')) as Json;
const defaults = parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as Json;
const ajv = new Ajv2020({ allErrors: true, strict: false });
const isValid = ajv.compile(schema);

/** As Helm does it: an object is laid over the default, null takes a key away. */
function withValue(values: Json, [key = '', ...rest]: readonly string[], value: unknown): Json {
  const before = values[key];
  const isObject = (what: unknown): what is Json => typeof what === 'object' && what !== null && !Array.isArray(what);
  if (rest.length > 0) return { ...values, [key]: withValue(isObject(before) ? before : {}, rest, value) };
  if (!isObject(value) || !isObject(before)) return { ...values, [key]: value };
  const merged = Object.entries({ ...before, ...value }).filter(([, entry]) => entry !== null);
  return { ...values, [key]: Object.fromEntries(merged) };
}

/** Every rule of the schema, as ajv names it in an error. */
function rulesOf(node: unknown, path: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const keywords = ['type', 'pattern', 'minimum', 'maximum', 'maxLength', 'minLength', 'enum', 'const', 'required'];
  const lists = ['additionalProperties', 'uniqueItems', 'minItems', 'maxItems'];
  const entries = Object.entries(node);
  const own = entries.filter(
    ([key, value]) => keywords.includes(key) || (lists.includes(key) && typeof value !== 'object'),
  );
  const below = entries.flatMap(([key, value]) => {
    if (['properties', '$defs'].includes(key))
      return Object.entries(value as Json).flatMap(([name, child]) => rulesOf(child, `${path}/${key}/${name}`));
    if (['items', 'additionalProperties'].includes(key)) return rulesOf(value, `${path}/${key}`);
    if (key === 'anyOf') return (value as Json[]).flatMap((child, index) => rulesOf(child, `${path}/anyOf/${index}`));
    return [];
  });
  return [...own.map(([key]) => `${path}/${key}`), ...below];
}

describe('values.schema.json', () => {
  it('takes the defaults and every ci file', async () => {
    expect(isValid(defaults)).toBe(true);
    for (const file of await ciValuesFiles()) await renderText({ files: [file] });
  });

  it.each(REFUSED)('refuses %s=%j', async (path, value, says) => {
    await expect(renderText({ set: { [path]: value } })).rejects.toThrow(says);
  });

  it('has a refused value for each of its rules', () => {
    const hit = new Set(
      REFUSED.flatMap(([path, value]) => {
        isValid(withValue(defaults, path.split('.'), value));
        return (isValid.errors ?? []).map(({ schemaPath }) => schemaPath);
      }),
    );
    expect(rulesOf(schema, '#').filter((rule) => !hit.has(rule))).toEqual([]);
  });
});
