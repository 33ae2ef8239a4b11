import { createPublicKey } from 'node:crypto';

import type { KeyPorts } from '../shared/ports.ts';

/**
 * Moduli of all RSA keys that this installation has issued or imported, as their ledgers publish them. A key that
 * shares a prime with one of them is as good as factored (keys of machines that drew too little randomness do).
 */
export async function knownModuli({
  caches,
  installation,
}: Pick<KeyPorts, 'caches' | 'installation'>): Promise<readonly bigint[]> {
  const { rsaModuli } = await import('../../keys/crypto/import/rsa-moduli.ts');
  const texts = caches.records.lister.list().flatMap(({ secret }) => {
    const record = secret === undefined ? undefined : installation.readRecord(secret);
    if (record?.state !== 'valid' || record.ledger.kind !== 'CryptoKey') return [];
    return record.ledger.environments.flatMap(({ versions }) =>
      versions.flatMap(({ crypto }) =>
        crypto?.publicKey !== undefined && crypto.algorithm.startsWith('RSA-')
          ? [{ algorithm: crypto.algorithm, publicKey: crypto.publicKey }]
          : [],
      ),
    );
  });
  const moduli = await Promise.all(
    texts.map(async ({ algorithm, publicKey }) => {
      const bytes = createPublicKey(publicKey).export({ format: 'der', type: 'spki' });
      return await rsaModuli({ algorithm, form: 'Spki', bytes });
    }),
  );
  return moduli.flat();
}
