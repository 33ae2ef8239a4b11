/**
 * First issues whose record write is under way, by project. Keys planned side by side do not see each other's
 * records yet: without these, as many keys as there are workers could pass a project's limit at once.
 * In memory: after a crash the records themselves are counted.
 */
export class FirstIssues {
  readonly #records = new Map<string, Set<string>>();

  /** @param record Name of the record that is about to become active. */
  begin(project: string, record: string): void {
    const records = this.#records.get(project) ?? new Set();
    this.#records.set(project, records.add(record));
  }

  end(project: string, record: string): void {
    const records = this.#records.get(project);
    records?.delete(record);
    if (records?.size === 0) this.#records.delete(project);
  }

  /** Names of records about to become active. */
  of(project: string): ReadonlySet<string> {
    return this.#records.get(project) ?? NONE;
  }
}

const NONE: ReadonlySet<string> = new Set();
