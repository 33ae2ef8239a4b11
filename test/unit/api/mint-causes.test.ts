import { expect, test } from 'vitest';
import { readCrds, versionOf, type Schema } from '../../../scripts/generate/crds.ts';
import { MINT_CAUSES } from '../../../src/sealing/ledger.ts';

test.each([
  { kind: 'ApiKey', causes: MINT_CAUSES.filter((cause) => cause !== 'AlgorithmChanged') },
  { kind: 'CryptoKey', causes: MINT_CAUSES },
])('status of $kind knows every cause for which a version is issued', async ({ kind, causes }) => {
  const crd = (await readCrds()).find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`No CRD of kind ${kind}`);
  const status = versionOf(crd).schema.openAPIV3Schema.properties?.['status'];
  const versions: Schema | undefined = status?.properties?.['environments']?.items?.properties?.['versions'];
  expect(versions?.items?.properties?.['cause']?.enum).toEqual(causes);
});
