/**
 * Makes every file that is generated: `npm run generate`, or `npm run generate -- types reference` for some. With
 * --check it writes nothing and exits 1 when a file is out of date.
 */
import { parseArgs } from 'node:util';
import { argoCdSettings } from './argocd.ts';
import { chartCrds } from './chart-crds.ts';
import { chartPolicies } from './chart-policies.ts';
import { chartReadme } from './chart-readme.ts';
import { conditionsPage } from './conditions.ts';
import { formatsPage } from './formats.ts';
import { type GeneratedFile, staleFiles, writeFiles } from './generated-files.ts';
import { licencesPage } from './licences.ts';
import { plainRoles } from './rbac.ts';
import { referencePages } from './reference.ts';
import { apiTypes } from './types.ts';

/** None reads what another makes. */
const GENERATORS: ReadonlyMap<string, () => Promise<readonly GeneratedFile[]>> = new Map([
  ['types', apiTypes],
  ['reference', referencePages],
  ['formats', formatsPage],
  ['conditions', conditionsPage],
  ['rbac', plainRoles],
  ['chart-crds', chartCrds],
  ['chart-policies', chartPolicies],
  ['chart-readme', chartReadme],
  ['licences', licencesPage],
  ['argocd', argoCdSettings],
]);

const { values, positionals: wanted } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
const unknown = wanted.filter((name) => !GENERATORS.has(name));
if (unknown.length > 0) throw new RangeError(`No such generator: ${unknown.join(', ')}`);
const generators = [...GENERATORS].filter(([name]) => wanted.length === 0 || wanted.includes(name));
const files = (await Promise.all(generators.map(([, generate]) => generate()))).flat();

if (values.check) {
  const stale = await staleFiles(files);
  if (stale.length > 0) {
    console.error(`Out of date with what they are generated from: ${stale.join(', ')}\nRun: npm run generate`);
    process.exitCode = 1;
  }
} else {
  await writeFiles(files);
}
