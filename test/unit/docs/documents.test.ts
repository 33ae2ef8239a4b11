import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { reasonComments } from '../../../scripts/generate/reason-comments.ts';
import { Reason } from '../../../src/api/conditions.ts';
import { controllerFlags } from '../../../src/cli-flags/controller-flags.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Folders that hold documents for people, and the root itself. */
const documents = ['.', 'docs', 'docs/adr', 'docs/reference', 'examples'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative('.', join(folder, name))),
);

/** Folders beside src of which each folder has a duty of its own. */
const PARENTS = ['charts/keywright', 'docs', 'scripts', 'test', 'test/soak', 'test/support', 'test/support/go'];

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(path: string): ReadonlySet<string> {
  return new Set(Array.from(read(path).matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchorOf(heading)));
}

/** Links to files of the repository, as [path, anchor], from the root. */
function linksOf(document: string): readonly (readonly [path: string, anchor: string | undefined])[] {
  const links = Array.from(read(document).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
  return links
    .filter((target) => !/^\w+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return [path === '' ? document : join(dirname(document), path), anchor] as const;
    });
}

describe('documents', () => {
  it.each([...documents, 'charts/keywright/README.md'])('%s is no merge that somebody left half done', (document) => {
    expect(read(document)).not.toMatch(/^(<{7}|={7}$|>{7}|(> ){7})/m);
  });

  it.each(documents)('%s links to files and headings that exist', (document) => {
    const broken = linksOf(document).filter(([path, anchor]) => {
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && !anchorsOf(path).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(['src', 'test', 'scripts', 'bench'])('are there when code of %s names them', (folder) => {
    const names = new Set(documents.map((document) => basename(document)));
    const lines = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => read(join(folder, file)).split('\n'))
      .filter((line) => /^\s*(\/\/|\/?\*)/.test(line) && !line.includes('://'));
    const named = lines.flatMap((line) => Array.from(line.matchAll(/([\w-]+\.md)\b/g), ([, name = '']) => name));
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  it('README.md shows manifests that are YAML', () => {
    const blocks = Array.from(read('README.md').matchAll(/```yaml\n(.*?)```/gs), ([, block = '']) => block);
    const kinds = blocks.map((block) => (parse(block) as { kind: string }).kind);
    expect(kinds).toEqual(['KeyProject', 'ApiKey', 'CryptoKey']);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const document of documents) {
      const named = Array.from(read(document).matchAll(/npm run ([a-z][a-z\d:-]*)/g), ([, name = '']) => name);
      expect(
        named.filter((name) => !(name in scripts)),
        document,
      ).toEqual([]);
    }
  });

  it('ARCHITECTURE.md has a sentence for each folder of code, and for none that is not there', () => {
    const foldersIn = (folder: string, recursive: boolean): readonly string[] =>
      readdirSync(join(ROOT, folder), { recursive, withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== 'generated')
        .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
    const folders = [...foldersIn('src', true), ...PARENTS.flatMap((folder) => foldersIn(folder, false))];
    const rows = read('ARCHITECTURE.md').matchAll(/^\| `([^`]+)\/` +\| [^|]*\S[^|]* \|$/gm);
    const told = Array.from(rows, ([, folder = '']) => folder);
    expect(folders.filter((folder) => !told.includes(folder))).toEqual([]);
    expect(told.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
  });

  it('docs/troubleshooting.md has one row for each reason: what it means, and what to do', () => {
    const rows = Array.from(
      read('docs/troubleshooting.md').matchAll(/^\| ([A-Z]\w+) +\| ([^|]*\S[^|]*) \| ([^|]*\S[^|]*) \|$/gm),
      ([, name = '']) => name,
    );
    expect(rows.toSorted()).toEqual(Object.values(Reason).toSorted());
  });

  it('docs/troubleshooting.md quotes what the operator and its policies say', () => {
    const sources = ['src', 'deploy/policies', 'charts/keywright/templates'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /[.](ts|ya?ml|tpl)$/.test(file))
        .map((file) => read(join(folder, file))),
    );
    const [, log = ''] = read('docs/troubleshooting.md').split('| the log says ');
    const [table = ''] = log.split('\n\n');
    const quotes = Array.from(table.matchAll(/^\| `([^`]+)`/gm), ([, quote = '']) => quote);
    expect(quotes.length).toBeGreaterThan(4);
    const parts = quotes.flatMap((quote) => quote.split('…')).map((part) => part.trim());
    expect(parts.filter((part) => !sources.some((source) => source.includes(part)))).toEqual([]);
  });

  it('docs/crypto-keys.md begins with the key that its JOSE snippet reads', () => {
    const [, manifest = ''] = /```yaml\n(.*?)```/s.exec(read('docs/crypto-keys.md')) ?? [];
    expect(parse(manifest)).toEqual(parse(read('examples/crypto-keys/ec-jwt.yaml')));
  });

  it('docs/importing.md says of every reason of an import what is wrong and what to do', () => {
    // The reasons that a conditions' comment says are about what is to be imported.
    const reasons = Array.from(reasonComments(read('src/api/conditions.ts')))
      .filter(([, comment]) => /\bimport|message|passphrase/i.test(comment) && comment.includes('Accepted=False'))
      .map(([reason]) => reason);
    const rows = Array.from(
      read('docs/importing.md').matchAll(/^\| (\w+) +\| [^|]+ \| [^|]+ \|$/gm),
      ([, name]) => name,
    );
    expect(reasons).toEqual(expect.arrayContaining(['PassphraseWrong', 'Forbidden']));
    expect(reasons.filter((reason) => !rows.includes(reason))).toEqual([]);
  });

  it('docs/operations.md names only flags that exist', () => {
    const others = [
      'flatten',
      'minify',
      'for',
      'all',
      'duration',
      'output',
      'filename',
      'from-file',
      'help',
      'type',
      'patch',
      'flag',
      'selector',
      'overwrite',
      'decode',
    ];
    const named = Array.from(read('docs/operations.md').matchAll(/--([a-z][a-z-]+)/g), ([, name = '']) => name);
    const unknown = named.filter(
      (name) => !(name in controllerFlags) && !others.includes(name) && name !== 'all-namespaces',
    );
    expect(unknown).toEqual([]);
  });
});
