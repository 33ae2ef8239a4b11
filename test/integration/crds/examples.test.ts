import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { apiRequest } from '../../support/cluster/api-request.ts';
import { adminConnection } from '../../support/harness.ts';
import { yamlDocuments } from '../../support/yaml-documents.ts';
import { collectionPath, faultsOf } from './api-server.ts';
import type { Declared } from './objects.ts';

/** What is put together by Kustomize, or of kinds of Argo CD and Flux, is applied in test/gitops. */
const files = (await readdir('examples', { recursive: true }))
  .filter((file) => file.endsWith('.yaml') && !file.startsWith('gitops/'))
  .map((file) => `examples/${file}`)
  .toSorted();
const readme = await readFile('examples/README.md', 'utf8');

test.each(files)('%s is in the table of examples/README.md', (file) => {
  expect(readme).toContain(`(${file.replace('examples/', '')})`);
});

test('examples/README.md links to no file that is not there', () => {
  const links = [...readme.matchAll(/\(([^()]+\.yaml)\)/g)].map(([, link = '']) => link);
  const own = links.filter((link) => !link.startsWith('gitops/')).map((link) => `examples/${link}`);
  expect(own.toSorted()).toEqual(files);
});

test.each(files)('%s applies as it is, without a field the schema does not know', async (file) => {
  for (const object of await objectsIn(file)) {
    // The namespaces need not be there, so that the examples leave no trace.
    expect(await faultsOf(movedToDefault(object))).toEqual([]);
    expect(await unknownFields(movedToDefault(object))).toEqual('');
  }
});

test('the numbers of the quickstart put namespaces before the project before the key', async () => {
  const quickstart = files.filter((file) => file.includes('/quickstart/'));
  expect(quickstart.map((file) => basename(file))).toEqual(['00-namespaces.yaml', '10-project.yaml', '20-apikey.yaml']);
});

async function objectsIn(file: string): Promise<readonly Declared[]> {
  return yamlDocuments<Declared>(await readFile(file, 'utf8')).filter(({ kind }) => kind !== 'Namespace');
}

function movedToDefault(object: Declared): Declared {
  const { namespace, ...metadata } = object.metadata;
  return { ...object, metadata: namespace === undefined ? metadata : { ...metadata, namespace: 'default' } };
}

/** What `kubectl apply --validate=strict` would say. */
async function unknownFields(object: Declared): Promise<string> {
  const path = `${collectionPath(object)}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await apiRequest(await adminConnection(), { method: 'POST', path, body: object });
  return status < 300 || status === 409 ? '' : body;
}
