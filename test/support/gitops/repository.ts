import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runTool } from '../outside-tool.ts';

/** The configuration of whoever runs the tests decides nothing here. */
const ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Jane',
  GIT_AUTHOR_EMAIL: 'jane@example.com',
  GIT_COMMITTER_NAME: 'Jane',
  GIT_COMMITTER_EMAIL: 'jane@example.com',
};

/** A Git repository in a folder of its own, with one branch, "main". */
export class Repository implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Repository> {
    const repository = new Repository(await mkdtemp(join(tmpdir(), 'keywright-repository-')));
    await repository.#git('init', '--quiet', '--initial-branch=main');
    return repository;
  }

  get url(): string {
    return `file://${this.#folder}`;
  }

  /**
   * Commits a change of files and returns the id of the commit.
   *
   * @param files Texts by path; undefined removes the file, those not named stay.
   */
  async commit(files: Readonly<Record<string, string | undefined>>): Promise<string> {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.#folder, path);
      await mkdir(dirname(file), { recursive: true });
      await (text === undefined ? rm(file) : writeFile(file, text));
    }
    await this.#git('add', '--all');
    await this.#git('commit', '--quiet', `--message=Change ${Object.keys(files).join(', ')}`);
    return await this.head();
  }

  /** Takes the last commit back by another one, whose id it returns. */
  async revert(): Promise<string> {
    await this.#git('revert', '--no-edit', 'HEAD');
    return await this.head();
  }

  /** The id of the last commit. */
  async head(): Promise<string> {
    return (await this.#git('rev-parse', 'HEAD')).toString().trim();
  }

  /** The files of the last commit as a compressed tar file. */
  archive(): Promise<Buffer> {
    // Of the tree: an archive of a commit begins with an entry that names it.
    return this.#git('archive', '--format=tar.gz', 'HEAD^{tree}');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #git(...args: readonly string[]): Promise<Buffer> {
    return runTool('git', args, { cwd: this.#folder, env: ENV });
  }
}
