import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');

test('every CRD says which release it is of, for the policy that refuses older ones', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const releases = readdirSync(join(ROOT, 'crds')).map((file) => {
    const crd = parse(readFileSync(join(ROOT, 'crds', file), 'utf8')) as {
      metadata: { annotations: Record<string, unknown> };
    };
    return crd.metadata.annotations['keywright.dev/release'];
  });
  expect(releases).toEqual([version, version, version]);
});
