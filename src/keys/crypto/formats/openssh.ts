import type { JsonWebKey } from 'node:crypto';
import type { Algorithm } from '../algorithm.ts';
import { KeyMaterialError } from '../key-material-error.ts';
import { publicKeyOf } from '../public-key.ts';
import { numberOf, privateKeyOf } from './key-objects.ts';
import { encodePem, utf8 } from './pem.ts';
import type { RenderRequest } from './render-request.ts';
import { padded, sshMpint, sshString } from './ssh-wire.ts';

const MAGIC = 'openssh-key-v1\0';
/** The block length that OpenSSH pads to where nothing is encrypted. */
const BLOCK_BYTES = 8;
/** ssh-keygen breaks its lines here; readers do not mind. */
const LINE_LENGTH = 70;

/** Names of RFC 5656, 10.1 by those of RFC 7518. */
const ecCurves: { readonly [A in Algorithm]?: string } = {
  'EC-P256': 'nistp256',
  'EC-P384': 'nistp384',
  'EC-P521': 'nistp521',
};

/** `OPENSSH PRIVATE KEY`, not encrypted (PROTOCOL.key of OpenSSH). */
export function sshPrivateKey({ material, alias, salt }: RenderRequest): Uint8Array {
  const jwk = privateKeyOf(material).export({ format: 'jwk' });
  const check = salt('ssh/check', 4);
  const secret = Buffer.concat([check, check, privateFields(material.algorithm, jwk), sshString(alias)]);
  const body = Buffer.concat([
    Buffer.from(MAGIC),
    sshString('none'), // cipher
    sshString('none'), // key derivation
    sshString(''), // its options
    uint32One,
    sshString(publicFields(material.algorithm, jwk)),
    sshString(padded(secret, BLOCK_BYTES)),
  ]);
  try {
    return encodePem('OPENSSH PRIVATE KEY', body, LINE_LENGTH);
  } finally {
    secret.fill(0);
    body.fill(0);
  }
}

/** One line as of an `authorized_keys` file: `type base64 alias`. */
export function sshPublicKey({ material, alias }: RenderRequest): Uint8Array {
  const fields = publicFields(material.algorithm, publicKeyOf(material).export({ format: 'jwk' }));
  return utf8(`${keyType(material.algorithm)} ${fields.toString('base64')} ${alias}\n`);
}

const uint32One = Buffer.from([0, 0, 0, 1]);

function keyType(algorithm: Algorithm): string {
  if (algorithm === 'Ed25519') return 'ssh-ed25519';
  const curve = ecCurves[algorithm];
  return curve === undefined ? 'ssh-rsa' : `ecdsa-sha2-${curve}`;
}

/** RFC 4253, 6.6 (RSA), RFC 5656, 3.1 (ECDSA), RFC 8709, 4 (Ed25519). */
function publicFields(algorithm: Algorithm, jwk: JsonWebKey): Buffer {
  const type = sshString(keyType(algorithm));
  if (jwk.kty === 'RSA') return Buffer.concat([type, sshMpint(numberOf(jwk, 'e')), sshMpint(numberOf(jwk, 'n'))]);
  if (jwk.kty === 'EC') return Buffer.concat([type, ...ecPublicFields(algorithm, jwk)]);
  if (jwk.kty === 'OKP') return Buffer.concat([type, sshString(numberOf(jwk, 'x'))]);
  throw new KeyMaterialError('Unreadable');
}

/** As ssh-agent takes them (draft-ietf-sshm-ssh-agent, 3.2). */
function privateFields(algorithm: Algorithm, jwk: JsonWebKey): Buffer {
  const type = sshString(keyType(algorithm));
  const d = numberOf(jwk, 'd');
  if (jwk.kty === 'RSA') {
    const [n, e, qi, p, q] = (['n', 'e', 'qi', 'p', 'q'] as const).map((name) => sshMpint(numberOf(jwk, name)));
    return Buffer.concat([type, n, e, sshMpint(d), qi, p, q].filter((field) => field !== undefined));
  }
  if (jwk.kty === 'EC') return Buffer.concat([type, ...ecPublicFields(algorithm, jwk), sshMpint(d)]);
  const x = numberOf(jwk, 'x');
  return Buffer.concat([type, sshString(x), sshString(Buffer.concat([d, x]))]);
}

function ecPublicFields(algorithm: Algorithm, jwk: JsonWebKey): readonly Buffer[] {
  const uncompressed = Buffer.concat([Buffer.from([4]), numberOf(jwk, 'x'), numberOf(jwk, 'y')]);
  return [sshString(ecCurves[algorithm] ?? ''), sshString(uncompressed)];
}
