import { request } from 'node:http';

/** One key of etcd, and when it was last written: a number that grows with every write of any key. */
export interface StoredKey {
  readonly key: string;
  readonly modRevision: string;
}

/** Neighbours in the order of their bytes, from `first` to `last`. */
export interface KeyRange {
  readonly first: string;
  readonly last: string;
}

interface RangeAnswer {
  readonly kvs?: readonly { readonly key: string; readonly mod_revision: string }[];
}

/** A zero byte as both ends stands for everything. */
const ALL_KEYS = { key: encoded('\0'), range_end: encoded('\0'), keys_only: true };

/** What a cluster keeps, past its API server: through the JSON gateway that etcd has on its Unix socket. */
export class EtcdStore {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Every key, in the order of their bytes. */
  async keys(): Promise<readonly StoredKey[]> {
    const { kvs = [] } = (await this.#post('/v3/kv/range', ALL_KEYS)) as RangeAnswer;
    return kvs.map(({ key, mod_revision }) => ({ key: decoded(key), modRevision: mod_revision }));
  }

  async remove({ first, last }: KeyRange): Promise<void> {
    await this.#post('/v3/kv/deleterange', { key: encoded(first), range_end: encoded(`${last}\0`) });
  }

  #post(path: string, body: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const headers = { 'content-type': 'application/json' };
    const outgoing = request({ socketPath: this.#socketPath, path, method: 'POST', headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        if (incoming.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()));
        else reject(new Error(`etcd answered ${path} with ${incoming.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
    return promise;
  }
}

function encoded(key: string): string {
  return Buffer.from(key).toString('base64');
}

function decoded(key: string): string {
  return Buffer.from(key, 'base64').toString();
}
