import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './harness/apply-manifests.ts';
import { runTool } from './outside-tool.ts';
import { yamlDocuments } from './yaml-documents.ts';

const README = join(import.meta.dirname, '../../examples/README.md');

/** What the command in examples/README.md would apply; kubectl is a program that shows it here. */
export async function secretsOfReadme(): Promise<readonly Manifest[]> {
  const [, command = ''] = /```sh\n(kubectl apply [^`]*?EOF\n)```/.exec(await readFile(README, 'utf8')) ?? [];
  const printed = await runTool('bash', ['-euc', `kubectl() { cat; }\n${command}`]);
  return yamlDocuments(printed.toString());
}
