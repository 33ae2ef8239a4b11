import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { importMaterial } from '../../../../src/keys/crypto/import/import-material.ts';
import type { ImportRequest } from '../../../../src/keys/crypto/import/import-material.ts';
import type { ImportOutcome } from '../../../../src/keys/crypto/import/import-outcome.ts';

const execute = promisify(execFile);

export const PASSPHRASE = 'open sesame';

/** A folder of one test file in which the tools of others work. Short, because gpg's sockets live in it. */
export class Workshop {
  readonly folder: string;
  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'kw-'))); // made with mode 700, as gpg wants it
  }

  async close(): Promise<void> {
    await this.run('gpgconf', '--kill', 'all').catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What the tool writes to its output. A tool that is missing or fails is an error. */
  async run(tool: string, ...args: readonly string[]): Promise<Buffer> {
    const env = { ...process.env, GNUPGHOME: this.folder, HOME: this.folder };
    const { stdout } = await execute(tool, [...args], {
      cwd: this.folder,
      encoding: 'buffer',
      env,
      maxBuffer: 1 << 24,
    });
    return stdout;
  }

  async openssl(command: string, ...more: readonly string[]): Promise<Buffer> {
    return await this.run('openssl', ...command.split(' '), ...more);
  }

  async gpg(command: string, ...more: readonly string[]): Promise<Buffer> {
    return await this.run('gpg', '--batch', '--pinentry-mode', 'loopback', ...command.split(' '), ...more);
  }

  async write(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, content);
    return path;
  }
}

export async function importing(
  type: ImportRequest['type'],
  bytes: Uint8Array,
  passphrase?: string,
): Promise<ImportOutcome> {
  const secret = passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) };
  return await importMaterial({ type, bytes, now: new Date(), ...secret });
}
