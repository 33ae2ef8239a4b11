import { readFile } from 'node:fs/promises';
import type { GeneratedFile } from './generated-files.ts';
import { licenceFaults, licencesOf, type LicensedPackage, type LicenceList } from './licence-rules.ts';

/**
 * docs/reference/licences.md from package-lock.json.
 *
 * @throws Error with a line for each package whose licence we do not take.
 */
export async function licencesPage(): Promise<readonly GeneratedFile[]> {
  const lock = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = JSON.parse(lock) as { readonly packages: Readonly<Record<string, LicensedPackage>> };
  const faults = licenceFaults(packages);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const text = `# Licences

<!-- Generated from package-lock.json by scripts/generate/licences.ts. Do not edit: npm run generate. -->

Of every package that the lock file names. A licence that is not among those in scripts/generate/licence-rules.ts fails \`npm run check\`. The image brings the texts of what is bundled: [image.md](../image.md).

## The operator

Installed with it; [bundled](../image.md) are only those of which it uses code.

${listed(licencesOf(packages, 'operator'))}

## Tools

With which it is built and tested. No user gets them, but for Node itself, which the image brings with its licence.

${listed(licencesOf(packages, 'tools'))}
`;
  return [{ path: 'docs/reference/licences.md', text }];
}

function listed(list: LicenceList): string {
  return Array.from(list, ([licence, names]) => `- **${licence}** (${names.length}): ${names.join(', ')}`).join('\n');
}
