import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartPolicy } from '../../../../scripts/generate/chart-policies.ts';

const FILE = 'managed-secrets.yaml';

describe('chartPolicy', () => {
  let manifests: string;
  beforeAll(async () => {
    manifests = await readFile(new URL(`../../../../deploy/policies/${FILE}`, import.meta.url), 'utf8');
  });

  it('lets the chart say who may write, and what happens to others', () => {
    const { path, text } = chartPolicy(FILE, manifests);
    expect(path).toBe(`charts/keywright/templates/policies/${FILE}`);
    expect(text).toContain('request.userInfo.username in {{ include "keywright.secretWriters" . }}');
    expect(text).toContain('validationActions: {{ .Values.policies.validationActions | toJson }}');
    expect(text).not.toContain('keywright-system');
  });

  it.each([
    [
      'names the operator otherwise',
      "['system:serviceaccount:keywright-system:keywright']",
      "['keywright']",
      'operator',
    ],
    ['does not deny', '[Deny]', '[Warn]', 'validationActions'],
    ['has labels of its own', 'labels:\n', 'labels:\n    team: payments\n', 'label'],
    ['has what Helm would read', 'metadata:', '# {{ }}\nmetadata:', 'Helm'],
  ])('refuses a policy that %s', (_name, text, instead, says) => {
    expect(manifests).toContain(text);
    expect(() => chartPolicy(FILE, manifests.replace(text, instead))).toThrow(says);
  });
});
