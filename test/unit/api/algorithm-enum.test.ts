import { expect, test } from 'vitest';
import { readCrds, type Schema, versionOf } from '../../../scripts/generate/crds.ts';
import { ALGORITHMS } from '../../../src/keys/crypto/algorithm.ts';

test.each([
  { kind: 'CryptoKey', path: ['spec', 'algorithm'] },
  { kind: 'KeyProject', path: ['spec', 'policy', 'algorithms'] },
])('$kind knows at $path the algorithms of ALGORITHMS, in their order', async ({ kind, path }) => {
  const crd = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`No CRD of kind ${kind}`);
  const root: Schema | undefined = versionOf(crd).schema.openAPIV3Schema;
  const field = path.reduce<Schema | undefined>((schema, name) => schema?.properties?.[name], root);
  expect(field?.items?.enum ?? field?.enum).toEqual(Object.keys(ALGORITHMS));
});
