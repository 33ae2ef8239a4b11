import type { ImportKeysState } from '../../installation/open-import-keys.ts';
import type { ImportKeys } from '../../sealing/import-keys.ts';

/** The import keys, as last opened, rotated or found missing. */
export class ImportKeysHolder {
  #state: ImportKeysState | undefined;

  set(state: ImportKeysState): void {
    this.#state = state;
  }

  /** Undefined until they were opened for the first time. */
  get state(): ImportKeysState | undefined {
    return this.#state;
  }

  /** What opens sealed messages; undefined while there is none. */
  get keys(): ImportKeys | undefined {
    return this.#state?.kind === 'Ready' ? this.#state.keys : undefined;
  }
}
