import { expect, test } from 'vitest';
import { readCrds, type Schema, versionOf } from '../../../scripts/generate/crds.ts';

/** Of a field and of everything below it. */
function descriptionsOf(schema: Schema): readonly string[] {
  const below = [...Object.values(schema.properties ?? {}), ...(schema.items === undefined ? [] : [schema.items])];
  return [schema.description ?? '', ...below.flatMap(descriptionsOf)];
}

test('every description in crds/ has one line for each paragraph, which kubectl explain then wraps', async () => {
  const descriptions = (await readCrds()).flatMap((crd) => descriptionsOf(versionOf(crd).schema.openAPIV3Schema));
  expect(descriptions.length).toBeGreaterThan(100);
  expect(descriptions.filter((text) => /[^\n]\n[^\n]/.test(text))).toEqual([]);
});
