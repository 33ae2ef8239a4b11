import { createPrivateKey, createPublicKey, diffieHellman, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { ed448 } from '@noble/curves/ed448.js';

const MESSAGE = Buffer.from('keywright.dev/self-test');

// PKCS#8 of RFC 8410 before a raw private key of 32 and 56 bytes. The trial partner is no secret.
const PEERS = {
  x25519: ['302e020100300506032b656e04220420', 32],
  x448: ['3046020100300506032b656f043a0438', 56],
} as const;

/** Does the private key do what its public half can check? One signature, or one key agreement. */
export function worksTogether(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const type = privateKey.asymmetricKeyType;
  try {
    if (type === 'x25519' || type === 'x448') {
      const own = peer(type);
      const theirs = diffieHellman({ privateKey, publicKey: createPublicKey(own) });
      return diffieHellman({ privateKey: own, publicKey }).equals(theirs);
    }
    const digest = type === 'rsa' || type === 'ec' ? 'sha256' : null;
    return verify(digest, MESSAGE, publicKey, sign(digest, MESSAGE, privateKey));
  } catch {
    return false;
  }
}

/**
 * Is the public key a point of small order, with which every signature verifies or every agreement gives zero
 * (RFC 7748 section 6.1, RFC 8032 section 5.1.7)? Also true for bytes that are no point at all.
 */
export function isSmallOrder(publicKey: KeyObject): boolean {
  const type = publicKey.asymmetricKeyType;
  try {
    switch (type) {
      case 'ed25519':
        return ed25519.Point.fromBytes(rawPublicKey(publicKey, 32)).isSmallOrder();
      case 'ed448':
        return ed448.Point.fromBytes(rawPublicKey(publicKey, 57)).isSmallOrder();
      case 'x25519':
      case 'x448':
        return diffieHellman({ privateKey: peer(type), publicKey }).every((byte) => byte === 0);
      default:
        return false;
    }
  } catch {
    return true;
  }
}

/** The SPKI of RFC 8410 ends with the raw key. */
function rawPublicKey(publicKey: KeyObject, length: number): Uint8Array {
  return Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }).subarray(-length));
}

function peer(type: keyof typeof PEERS): KeyObject {
  const [prefix, length] = PEERS[type];
  const key = Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.alloc(length, 0x42)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
