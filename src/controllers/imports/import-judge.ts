import type { ImportOutcome } from '../../keys/crypto/import/import-outcome.ts';
import { SHARED_PRIME } from '../../keys/crypto/import/rsa/modulus-weakness.ts';
import type { ImportedCryptoKey } from '../planning/import-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ReadSource } from './import-source.ts';
import { shareKnownPrime } from './shared-primes.ts';

type Ports = Pick<KeyPorts, 'clock' | 'caches' | 'installation' | 'judging' | 'refusals'>;
type Source = Extract<ReadSource, { readonly kind: 'Read' }>;

/** Judges what the sources of one key hold, equal bytes once however many environments import them. */
export class ImportJudge implements Disposable {
  readonly #ports: Ports;
  readonly #project: string;
  readonly #signal: AbortSignal;
  readonly #outcomes = new Map<string, ImportOutcome>();

  /** @param signal Ends the waiting for an outcome. */
  constructor(ports: Ports, project: string, signal: AbortSignal) {
    this.#ports = ports;
    this.#project = project;
    this.#signal = signal;
  }

  /**
   * The caller wipes the material of an accepted one, which is its own.
   *
   * @throws {JobError} which says nothing about the key.
   */
  async judge(material: ImportedCryptoKey, source: Source): Promise<ImportOutcome> {
    const asked = this.#textOf(material, source);
    const { refusals } = this.#ports;
    const outcome =
      this.#outcomes.get(asked) ?? refusals.get(asked) ?? (await this.#judgeAnew(asked, material, source));
    this.#outcomes.set(asked, outcome);
    if (outcome.kind === 'Refused') return told(outcome, source);
    return { ...outcome, material: { ...outcome.material, bytes: Uint8Array.from(outcome.material.bytes) } };
  }

  /** Wipes what was kept. */
  [Symbol.dispose](): void {
    for (const outcome of this.#outcomes.values()) if (outcome.kind === 'Accepted') outcome.material.bytes.fill(0);
    this.#outcomes.clear();
  }

  async #judgeAnew(
    asked: string,
    { type, algorithm }: ImportedCryptoKey,
    { content, passphrase }: Source,
  ): Promise<ImportOutcome> {
    const { judging, clock, refusals } = this.#ports;
    const job = {
      type,
      bytes: content,
      now: clock.now(),
      ...(algorithm !== undefined && { algorithm }),
      ...(passphrase !== undefined && { passphrase }),
    };
    const { outcome, moduli } = await judging.judge(this.#project, job, this.#signal);
    if (outcome.kind === 'Refused') refusals.add(asked, outcome);
    // Only now is it known to be RSA, which alone can share a prime.
    if (outcome.kind === 'Refused' || !(await shareKnownPrime(this.#ports, moduli))) return outcome;
    outcome.material.bytes.fill(0);
    return { kind: 'Refused', reason: 'WeakKey', message: SHARED_PRIME };
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
