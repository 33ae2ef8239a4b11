import type { ApiKeyStatus } from '../../api/generated/api-key.ts';

/** Statuses by the uid of their objects, for as long as there are no MAC keys to tell ours from an edit. */
export class StatusMemory {
  readonly #statuses = new Map<string, ApiKeyStatus | undefined>();

  /** What the object showed at the first look, or what was written since; `status` if this is the first look. */
  firstSeen(uid: string, status: ApiKeyStatus | undefined): ApiKeyStatus | undefined {
    if (!this.#statuses.has(uid)) this.#statuses.set(uid, status);
    return this.#statuses.get(uid);
  }

  /** What the operator itself writes restricts, and so replaces what was seen. Nothing to do while nothing is remembered. */
  written(uid: string, status: ApiKeyStatus): void {
    if (this.#statuses.has(uid)) this.#statuses.set(uid, status);
  }

  clear(): void {
    this.#statuses.clear();
  }
}
