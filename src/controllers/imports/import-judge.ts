import type { ImportOutcome } from '../../keys/crypto/import/import-outcome.ts';
import type { JudgeJob } from '../../judging/judge-job.ts';
import { SHARED_PRIME } from '../../keys/crypto/import/rsa/modulus-weakness.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import type { ImportedCryptoKey } from '../planning/import-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ReadSource } from './import-source.ts';
import { shareKnownPrime } from './shared-primes.ts';

type Ports = Pick<KeyPorts, 'clock' | 'caches' | 'installation' | 'judging'>;
type Source = Extract<ReadSource, { readonly kind: 'Read' }>;

/**
 * How long one pass waits for all that it has judged, in ms: most keys take some ten, and the thread that judges them
 * half a second until it is there.
 *
 * @internal
 */
export const PATIENCE_MS = 10_000;

export interface JudgeOptions {
  readonly identity: KeyIdentity;
  /** Is something to be done that must not wait for an outcome? */
  readonly isUrgent?: boolean;
  /** Ends the waiting for an outcome. */
  readonly signal: AbortSignal;
}

/** Judges what the sources of one key hold, in one pass. */
export class ImportJudge {
  readonly #ports: Ports;
  readonly #identity: KeyIdentity;
  readonly #signal: AbortSignal;
  readonly #isUrgent: boolean;
  readonly #asked = new Set<string>();
  /** Does it share a prime with a key of ours? By text. */
  readonly #sharesPrime = new Map<string, boolean>();
  #patientUntilMs: number | undefined;

  constructor(ports: Ports, { identity, isUrgent = false, signal }: JudgeOptions) {
    this.#ports = ports;
    this.#identity = identity;
    this.#isUrgent = isUrgent;
    this.#signal = signal;
  }

  /** What was asked for, as texts that tell nothing of it. */
  get asked(): ReadonlySet<string> {
    return this.#asked;
  }

  /**
   * The caller wipes the material of an accepted one, which is its own. Undefined: it is still being judged, and the
   * key will be woken.
   *
   * @throws {JobError} which says nothing about the key.
   */
  async judge(material: ImportedCryptoKey, source: Source): Promise<ImportOutcome | undefined> {
    const text = this.#textOf(material, source);
    this.#asked.add(text);
    const judged = await this.#ports.judging.ask({
      identity: this.#identity,
      text,
      job: this.#jobOf(material, source),
      patienceMs: this.#patienceMs(),
      signal: this.#signal,
    });
    if (judged === undefined) return undefined;
    const { outcome, moduli } = judged;
    if (outcome.kind === 'Refused') return told(outcome, source);
    // Only now is it known to be RSA, which alone can share a prime.
    const sharesPrime = this.#sharesPrime.get(text) ?? (await shareKnownPrime(this.#ports, moduli));
    this.#sharesPrime.set(text, sharesPrime);
    if (!sharesPrime) return outcome;
    outcome.material.bytes.fill(0);
    return { kind: 'Refused', reason: 'WeakKey', message: SHARED_PRIME };
  }

  #jobOf({ type, algorithm }: ImportedCryptoKey, { content, passphrase }: Source): JudgeJob {
    return {
      type,
      bytes: content,
      now: this.#ports.clock.now(),
      ...(algorithm !== undefined && { algorithm }),
      ...(passphrase !== undefined && { passphrase }),
    };
  }

  /** What is left of it. */
  #patienceMs(): number {
    if (this.#isUrgent) return 0;
    const nowMs = this.#ports.clock.monotonicMs();
    this.#patientUntilMs ??= nowMs + PATIENCE_MS;
    return this.#patientUntilMs - nowMs;
  }

  /** By keyed hashes: what is kept of a source tells nothing of it. */
  #textOf({ type, algorithm }: ImportedCryptoKey, { content, passphrase }: Source): string {
    const { peppers } = this.#ports.installation;
    const locked = passphrase === undefined ? undefined : peppers.keyedHash(passphrase);
    return JSON.stringify([type, algorithm, peppers.keyedHash(content), locked]);
  }
}

/** Two Secrets may be meant by a passphrase that is wrong. */
function told<Refused extends Extract<ImportOutcome, { readonly kind: 'Refused' }>>(
  outcome: Refused,
  { passphraseFrom }: Source,
): Refused {
  if (outcome.reason !== 'PassphraseWrong' || passphraseFrom === undefined) return outcome;
  return { ...outcome, message: `${outcome.message}; it was taken from ${passphraseFrom}` };
}
