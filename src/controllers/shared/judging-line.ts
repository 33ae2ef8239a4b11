import type { Judged } from '../../judging/judge-job.ts';

/** How many keys of a project may be with the thread that judges, which holds copies of them, at a time. */
const MAX_UNDER_WAY = 4;
/** How many that were judged may wait to be fetched. */
const MAX_KEPT = 32;

export type JudgingResult = Judged | { readonly error: unknown };

/** One key that is being judged, or was. */
export interface JudgingJob {
  readonly owner: string;
  /** The same for equal keys, and tells nothing of them. */
  readonly text: string;
  readonly stop: AbortController;
  /** Resolves with `result` set. */
  readonly done: Promise<void>;
  result: JudgingResult | undefined;
  /** Has a caller left, who is to be woken? */
  isAwaited: boolean;
}

/** What one project has handed in to be judged. Its own keys make room for each other, never for those of others. */
export class JudgingLine {
  /** By owner, then by text. */
  readonly #jobs = new Map<string, Map<string, JudgingJob>>();
  /** Judged, the oldest first. */
  readonly #kept = new Set<JudgingJob>();
  /** Owners whose keys found no room. */
  readonly #turnedAway = new Set<string>();
  #underWay = 0;

  get isEmpty(): boolean {
    return this.#jobs.size === 0 && this.#turnedAway.size === 0 && this.#underWay === 0;
  }

  find(owner: string, text: string): JudgingJob | undefined {
    return this.#jobs.get(owner)?.get(text);
  }

  /** @returns Whether there is room for one more. If not, its owner is among the next that are told to come again. */
  hasRoomFor(owner: string): boolean {
    if (this.#underWay < MAX_UNDER_WAY) return true;
    this.#turnedAway.add(owner);
    return false;
  }

  begin(job: JudgingJob): void {
    this.#underWay += 1;
    const own = this.#jobs.get(job.owner) ?? new Map<string, JudgingJob>();
    this.#jobs.set(job.owner, own.set(job.text, job));
  }

  /** Keeps what came of a job, unless nobody wants it any more. */
  end(job: JudgingJob, result: JudgingResult): void {
    this.#underWay -= 1;
    job.result = result;
    if (this.find(job.owner, job.text) === job) this.#kept.add(job);
    else wipe(job);
    const [oldest] = this.#kept;
    if (oldest !== undefined && this.#kept.size > MAX_KEPT) this.remove(oldest);
  }

  /** Stops what is being judged, and wipes what was: nobody can take zeros for a key. */
  remove(job: JudgingJob): void {
    const own = this.#jobs.get(job.owner);
    if (own?.get(job.text) === job) own.delete(job.text);
    if (own?.size === 0) this.#jobs.delete(job.owner);
    this.#kept.delete(job);
    job.stop.abort();
    wipe(job);
  }

  /** @param but Texts of the owner's keys that stay. */
  forget(owner: string, but: ReadonlySet<string>): void {
    if (but.size === 0) this.#turnedAway.delete(owner);
    for (const job of this.#jobs.get(owner)?.values() ?? []) if (!but.has(job.text)) this.remove(job);
  }

  forgetAll(): void {
    this.#turnedAway.clear();
    for (const owner of this.#jobs.keys()) this.forget(owner, new Set());
  }

  /** An owner for whom there is room now. It is not told twice. */
  nextInLine(): string | undefined {
    const [owner] = this.#underWay < MAX_UNDER_WAY ? this.#turnedAway : [];
    if (owner !== undefined) this.#turnedAway.delete(owner);
    return owner;
  }
}

function wipe(job: JudgingJob): void {
  const { result } = job;
  job.result = undefined;
  if (result !== undefined && 'outcome' in result && result.outcome.kind === 'Accepted')
    result.outcome.material.bytes.fill(0);
}
