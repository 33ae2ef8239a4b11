import type { Clock } from '../../clock.ts';

/** Resource versions of objects, remembered for a while and then forgotten. */
export class RecentVersions {
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  /** When each was added; oldest first, as an entry added again moves to the end. */
  readonly #addedMs = new Map<string, number>();

  constructor({ clock, maxAgeMs }: { clock: Clock; maxAgeMs: number }) {
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  add(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined) return;
    this.#forgetOld();
    const version = versionOf(key, resourceVersion);
    this.#addedMs.delete(version);
    this.#addedMs.set(version, this.#clock.monotonicMs());
  }

  delete(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion !== undefined) this.#addedMs.delete(versionOf(key, resourceVersion));
  }

  has(key: string, resourceVersion: string | undefined): boolean {
    this.#forgetOld();
    return resourceVersion !== undefined && this.#addedMs.has(versionOf(key, resourceVersion));
  }

  #forgetOld(): void {
    const oldest = this.#clock.monotonicMs() - this.#maxAgeMs;
    for (const [version, addedMs] of this.#addedMs) {
      if (addedMs >= oldest) return;
      this.#addedMs.delete(version);
    }
  }
}

/** Names hold no "@", so two pairs never share a text. */
function versionOf(key: string, resourceVersion: string): string {
  return `${key}@${resourceVersion}`;
}
