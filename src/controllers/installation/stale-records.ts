import type { InstallationState } from '../../installation/open-installation.ts';
import { isStale } from '../../sealing/rewrap.ts';
import type { CachedRecord } from '../caches/cached-record.ts';

export interface StaleRecordsOptions {
  readonly installation: { readonly state: InstallationState | undefined };
  readonly setCount: (count: number) => void;
  /** Called when the last record that was stale is so no more. */
  readonly onDrained: () => void;
}

/**
 * Keeps count of the records whose DEK is to be wrapped anew, as they are seen. It goes by what a record says of
 * itself: one that does not verify is counted, because it holds up the end of a KEK, and is not written to.
 */
export class StaleRecords {
  readonly #options: StaleRecordsOptions;
  readonly #names = new Set<string>();

  constructor(options: StaleRecordsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#names.size;
  }

  /** Takes note of a record as it is now. @param record Undefined: it is gone. @returns Whether it is stale. */
  observe(name: string, record: Pick<CachedRecord, 'wrappedBy'> | undefined): boolean {
    const { installation, setCount, onDrained } = this.#options;
    const { state } = installation;
    const isFound = state?.kind === 'Ready' && record?.wrappedBy !== undefined && isStale(record.wrappedBy, state.kek);
    if (isFound === this.#names.has(name)) return isFound;
    if (isFound) this.#names.add(name);
    else this.#names.delete(name);
    setCount(this.#names.size);
    if (this.#names.size === 0) onDrained();
    return isFound;
  }

  /** The names of those that are stale, when the keyring changed or everything is looked at again. */
  observeAll(records: Iterable<CachedRecord>): readonly string[] {
    return Array.from(records, (record) => ({ name: record.metadata.name, record })).flatMap(({ name, record }) =>
      this.observe(name, record) ? [name] : [],
    );
  }
}
