import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRETS } from '../../../src/kube/objects/resource.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { RECORD_TYPE } from '../../../src/sealing/record.ts';
import type { Manifest } from '../harness/apply-manifests.ts';
import { ledgerOf, type KeyWorld } from '../key-world.ts';
import { OPERATOR_NAMESPACE } from '../operator.ts';
import { yamlDocuments } from '../yaml-documents.ts';
import type { Kubectl } from './kubectl.ts';
import { Repository } from './repository.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/gitops');
const KEYS_URL = 'https://git.example.com/payments/keys.git';
const PROJECTS_URL = 'https://git.example.com/platform/key-projects.git';
export const AUTHORS = 'payments-config';
/** The namespaces of the overlay "production". */
export const TARGETS: readonly string[] = ['payments-prod-eu', 'payments-prod-us'];

/** What has been minted and delivered so far. */
export interface Issued {
  /** Digests of what Secrets hold, by "<namespace>/<name>". */
  readonly secrets: Readonly<Record<string, string>>;
  /** The newest version ever minted, by "<kind>/<name>" of the key. */
  readonly lastVersions: Readonly<Record<string, number>>;
}

/** The team of examples/gitops: its repository, and what its keys are on the cluster that the repository is synced to. */
export class Team implements AsyncDisposable {
  /** Its keys. */
  readonly repository: Repository;
  /** Where the platform team keeps the project. */
  readonly projects: Repository;
  /** Texts of the first commit of keys, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly #world: KeyWorld;

  private constructor(world: KeyWorld, repositories: { keys: Repository; projects: Repository }, files: Team['files']) {
    this.#world = world;
    this.repository = repositories.keys;
    this.projects = repositories.projects;
    this.files = files;
  }

  /** Makes the namespaces, which no repository of keys makes, and commits the examples. */
  static async create(world: KeyWorld): Promise<Team> {
    for (const name of [AUTHORS, ...TARGETS]) await world.createNamespace(name);
    const files = await textsIn('keys');
    const team = new Team(world, { keys: await Repository.create(), projects: await Repository.create() }, files);
    await team.repository.commit(files);
    await team.projects.commit(await textsIn('projects'));
    return team;
  }

  /** The objects of a file of examples/gitops, which read the repositories of this team. */
  async manifests(path: string): Promise<readonly Manifest[]> {
    const text = (await readFile(join(EXAMPLE, path), 'utf8'))
      .replaceAll(KEYS_URL, this.repository.url)
      .replaceAll(PROJECTS_URL, this.projects.url);
    return yamlDocuments(text);
  }

  /** Commits one file with a text replaced in it. @throws if the text is not there. */
  async replace(path: string, from: string, to: string): Promise<string> {
    return await this.repository.commit({ [path]: replaced(this.files[path] ?? '', from, to) });
  }

  /** Commits one more ApiKey, delivered to Secrets "<name>-token". */
  async addKey(name: string): Promise<string> {
    const text = this.files['base/checkout.yaml'] ?? '';
    const list = replaced(
      this.files['base/kustomization.yaml'] ?? '',
      'checkout.yaml',
      `checkout.yaml\n  - ${name}.yaml`,
    );
    return await this.repository.commit({
      'base/kustomization.yaml': list,
      [`base/${name}.yaml`]: text.replaceAll('checkout', name),
    });
  }

  /** Commits the removal of the ApiKey "checkout". */
  async removeCheckout(): Promise<string> {
    const list = replaced(this.files['base/kustomization.yaml'] ?? '', '  - checkout.yaml\n', '');
    return await this.repository.commit({ 'base/kustomization.yaml': list, 'base/checkout.yaml': undefined });
  }

  async issued(): Promise<Issued> {
    const secrets = (await this.secrets()).map((secret): [string, string] => [placeOf(secret), digestOf(secret)]);
    const { items } = await this.#world.client.list(SECRETS, { namespace: OPERATOR_NAMESPACE });
    const ledgers = items.filter(({ type }) => type === RECORD_TYPE).map(ledgerOf);
    const versions = ledgers.map(({ kind, name, lastVersion }): [string, number] => [`${kind}/${name}`, lastVersion]);
    return { secrets: Object.fromEntries(secrets), lastVersions: Object.fromEntries(versions) };
  }

  /** Every Secret in the namespaces that keys are delivered to. */
  async secrets(): Promise<readonly Secret[]> {
    const lists = await Promise.all(TARGETS.map((namespace) => this.#world.client.list(SECRETS, { namespace })));
    return lists.flatMap(({ items }) => items);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository[Symbol.asyncDispose]();
    await this.projects[Symbol.asyncDispose]();
  }
}

/** What Kustomize makes of the projects and the keys of examples/gitops, as text. */
export async function builtExample(kubectl: Kubectl, overlay: 'staging' | 'production'): Promise<string> {
  const parts = ['projects', 'keys'].map((part) =>
    kubectl.run(['kustomize', join(EXAMPLE, part, 'overlays', overlay)]),
  );
  return (await Promise.all(parts)).join('---\n');
}

/** Of a folder of examples/gitops, by path in it. */
async function textsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(join(EXAMPLE, folder), { recursive: true });
  const paths = names.filter((name) => name.endsWith('.yaml'));
  const texts = paths.map(async (path): Promise<[string, string]> => [
    path,
    await readFile(join(EXAMPLE, folder, path), 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new RangeError(`Cannot replace "${from}": the file does not say so`);
  return text.replace(from, to);
}

function placeOf({ metadata: { namespace = '', name } }: Secret): string {
  return `${namespace}/${name}`;
}

function digestOf({ data }: Secret): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}
