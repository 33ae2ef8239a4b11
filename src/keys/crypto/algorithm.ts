/** What a CryptoKey may be made of: the values of `spec.algorithm`. */
export type Algorithm =
  | 'AES-128'
  | 'AES-192'
  | 'AES-256'
  | 'HMAC-SHA256'
  | 'HMAC-SHA384'
  | 'HMAC-SHA512'
  | 'DES'
  | 'DESede'
  | 'RSA-2048'
  | 'RSA-3072'
  | 'RSA-4096'
  | 'EC-P256'
  | 'EC-P384'
  | 'EC-P521'
  | 'Ed25519'
  | 'Ed448'
  | 'X25519'
  | 'X448'
  | 'OpenPGP-ECC'
  | 'OpenPGP-RSA-3072'
  | 'OpenPGP-RSA-4096';

export type AlgorithmFamily = 'AES' | 'HMAC' | 'DES' | 'RSA' | 'EC' | 'EdDSA' | 'XDH' | 'OpenPGP';

export interface AlgorithmFacts {
  readonly family: AlgorithmFamily;
  /** Of the key itself, as the name of the algorithm counts them; an imported one may have others. */
  readonly bits: number;
  /** Would a large quantum computer break it (Shor)? Symmetric keys only lose half their bits. */
  readonly quantumVulnerable: boolean;
  /** False: only imported, because NIST has withdrawn it (SP 800-131A). */
  readonly isMintable: boolean;
  /** Takes long enough to need a thread of its own. */
  readonly isSlow: boolean;
}

const symmetric = { quantumVulnerable: false, isMintable: true, isSlow: false } as const;
const legacy = { ...symmetric, isMintable: false } as const;
const curve = { quantumVulnerable: true, isMintable: true, isSlow: false } as const;
const rsa = { quantumVulnerable: true, isMintable: true, isSlow: true } as const;

export const ALGORITHMS: Readonly<Record<Algorithm, AlgorithmFacts>> = {
  'AES-128': { family: 'AES', bits: 128, ...symmetric },
  'AES-192': { family: 'AES', bits: 192, ...symmetric },
  'AES-256': { family: 'AES', bits: 256, ...symmetric },
  'HMAC-SHA256': { family: 'HMAC', bits: 256, ...symmetric },
  'HMAC-SHA384': { family: 'HMAC', bits: 384, ...symmetric },
  'HMAC-SHA512': { family: 'HMAC', bits: 512, ...symmetric },
  DES: { family: 'DES', bits: 64, ...legacy },
  DESede: { family: 'DES', bits: 192, ...legacy },
  'RSA-2048': { family: 'RSA', bits: 2048, ...rsa },
  'RSA-3072': { family: 'RSA', bits: 3072, ...rsa },
  'RSA-4096': { family: 'RSA', bits: 4096, ...rsa },
  'EC-P256': { family: 'EC', bits: 256, ...curve },
  'EC-P384': { family: 'EC', bits: 384, ...curve },
  'EC-P521': { family: 'EC', bits: 521, ...curve },
  Ed25519: { family: 'EdDSA', bits: 256, ...curve },
  Ed448: { family: 'EdDSA', bits: 456, ...curve },
  X25519: { family: 'XDH', bits: 256, ...curve },
  X448: { family: 'XDH', bits: 448, ...curve },
  'OpenPGP-ECC': { family: 'OpenPGP', bits: 256, ...curve },
  'OpenPGP-RSA-3072': { family: 'OpenPGP', bits: 3072, ...rsa },
  'OpenPGP-RSA-4096': { family: 'OpenPGP', bits: 4096, ...rsa },
};
