import { findSharedPrimes } from '../../keys/crypto/import/rsa/factoring.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { knownModuli } from './known-moduli.ts';

/** Some 10 ms of work for moduli of the usual sizes. */
const MODULI_A_TURN = 128;

/** Does one of these share a prime with a key of the installation? Others have their turn while it is looked for. */
export async function shareKnownPrime(
  ports: Pick<KeyPorts, 'caches' | 'clock' | 'installation'>,
  moduli: readonly bigint[],
): Promise<boolean> {
  if (moduli.length === 0) return false;
  const known = await knownModuli(ports);
  for (let from = 0; from < known.length; from += MODULI_A_TURN) {
    const others = known.slice(from, from + MODULI_A_TURN);
    for (const modulus of moduli) {
      if (findSharedPrimes(modulus, others).length > 0) return true;
      await ports.clock.sleep(0);
    }
  }
  return false;
}
