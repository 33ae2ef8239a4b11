import type { PrivateKey } from 'openpgp';

/** One import key as it is stored. */
export interface ImportKey {
  /** OpenPGP fingerprint, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Armoured, not locked. */
  readonly privateKey: string;
  /** Armoured. */
  readonly publicKey: string;
  /** New messages are sealed to the one that is Active; a Retired one still opens what was sealed to it. */
  readonly state: 'Active' | 'Retired';
}

/** The private halves of the import keys. They do not show in JSON.stringify or in an inspected object. */
export class ImportKeys {
  /** Of the active key. */
  readonly fingerprint: string;
  /** Of the active key, armoured. */
  readonly publicKey: string;
  readonly #former: readonly ImportKey[];
  readonly #armoured: readonly string[];
  #parsed: Promise<readonly PrivateKey[]> | undefined;

  /** @throws {TypeError} unless one key is active. */
  constructor(keys: readonly ImportKey[]) {
    const active = keys.find(({ state }) => state === 'Active');
    if (active === undefined) throw new TypeError('Cannot use import keys of which none is active');
    this.fingerprint = active.fingerprint;
    this.publicKey = active.publicKey;
    this.#former = keys.filter(({ state }) => state === 'Retired');
    this.#armoured = keys.map(({ privateKey }) => privateKey);
  }

  /** Is this, armoured and with its fingerprint, a key of ours that was replaced? */
  wasActive(publicKey: string | undefined, fingerprint: string | undefined): boolean {
    return this.#former.some((key) => key.publicKey === publicKey && key.fingerprint === fingerprint);
  }

  /** The key with one of these key ids (16 hexadecimal digits), which may be a subkey's; undefined if none has. */
  async withKeyId(ids: readonly string[]): Promise<PrivateKey | undefined> {
    this.#parsed ??= readAll(this.#armoured);
    const keys = await this.#parsed;
    return keys.find((key) => key.getKeyIDs().some((id) => ids.includes(id.toHex())));
  }
}

/** Keys that do not parse are left out: to whoever sealed to one, it is a key we do not have. */
async function readAll(armoured: readonly string[]): Promise<readonly PrivateKey[]> {
  // 20 MB and a tenth of a second, so only where a message is opened.
  const { readPrivateKey } = await import('openpgp');
  const read = await Promise.allSettled(armoured.map(async (armoredKey) => await readPrivateKey({ armoredKey })));
  return read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
