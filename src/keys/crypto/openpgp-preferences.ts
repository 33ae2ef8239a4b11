import type { Config, PrivateKey, SignaturePacket } from 'openpgp';

/** As OpenPGP.js has it: its types leave out the configuration, and type what is signed as bytes. */
type Certification = Omit<SignaturePacket, 'sign'> & {
  sign(key: object, signed: object, date: Date, detached: boolean, config: Config): Promise<void>;
};

/**
 * Signs the user IDs of a new version 4 key anew, so that they ask for SHA-512 and SHA-256 alone. OpenPGP.js adds
 * SHA-3, and GnuPG 2.2, which has none, warns of such a key whenever it is imported.
 *
 * @param createdAt Of the signatures.
 */
export async function preferCommonHashes({ users, keyPacket }: PrivateKey, createdAt: Date): Promise<void> {
  const { config, enums } = await import('openpgp');
  // Each has its salt from when it was first signed, and a second one is refused.
  const salted: Config = { ...config, nonDeterministicSignaturesViaNotation: false };
  for (const { userID, selfCertifications } of users) {
    for (const certification of selfCertifications as readonly Certification[]) {
      certification.preferredHashAlgorithms = [enums.hash.sha512, enums.hash.sha256];
      await certification.sign(keyPacket, { userID, key: keyPacket }, createdAt, false, salted);
    }
  }
}
