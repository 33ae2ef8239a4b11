import { ALGORITHMS } from '../algorithm.ts';
import type { AlgorithmFamily } from '../algorithm.ts';
import { KeyMaterialError } from '../key-material-error.ts';
import type { KeyMaterial, MaterialForm } from '../material.ts';
import { publicKeyOf } from '../public-key.ts';
import { FormatError } from './format-error.ts';
import { jwkSet, publicJwk, secretJwk } from './jwk.ts';
import { sshPrivateKey, sshPublicKey } from './openssh.ts';
import { pkcs1PrivateKey, pkcs1PublicKey } from './pkcs1.ts';
import { derPrivateKey, derPublicKey, pemPrivateKey, pemPublicKey } from './pkcs8.ts';
import { base64Key, rawKey } from './raw.ts';
import type { RenderRequest } from './render-request.ts';
import { FORMATS, formatRefusal } from './table.ts';
import type { Format } from './table.ts';

type Render = (request: RenderRequest) => Uint8Array | Promise<Uint8Array>;

interface Renderers {
  readonly renderSecret?: Render;
  /** Is handed the public half alone, so it cannot give away more. */
  readonly renderPublic?: Render;
}

// What few keys need is loaded when one does: ASN.1 and OpenPGP take 28 MB and half a second together.
const renderers: Readonly<Record<Format, Renderers>> = {
  PEM: { renderSecret: pemPrivateKey, renderPublic: pemPublicKey },
  PKCS1: { renderSecret: pkcs1PrivateKey, renderPublic: pkcs1PublicKey },
  DER: { renderSecret: derPrivateKey, renderPublic: derPublicKey },
  JWK: { renderSecret: secretJwk, renderPublic: publicJwk },
  JWKS: { renderPublic: jwkSet },
  PKCS12: { renderSecret: async (request) => (await import('./pkcs12.ts')).pkcs12Store(request) },
  Raw: { renderSecret: rawKey },
  Base64: { renderSecret: base64Key },
  OpenPGP: {
    renderSecret: async (request) => (await import('./openpgp.ts')).armouredPrivateKey(request),
    renderPublic: async (request) => (await import('./openpgp.ts')).armouredPublicKey(request),
  },
  SSH: { renderSecret: sshPrivateKey, renderPublic: sshPublicKey },
};

const forms: Readonly<Record<AlgorithmFamily, readonly MaterialForm[]>> = {
  AES: ['Raw'],
  HMAC: ['Raw'],
  DES: ['Raw'],
  RSA: ['Pkcs8', 'Spki'],
  EC: ['Pkcs8', 'Spki'],
  EdDSA: ['Pkcs8', 'Spki'],
  XDH: ['Pkcs8', 'Spki'],
  OpenPGP: ['OpenPgpPrivate', 'OpenPgpPublic'],
};

const ALIAS = /^[a-z0-9._-]{1,63}$/u;

/**
 * Writes a key in every format asked for, by the data keys of table.ts. The caller wipes the values.
 *
 * @throws {FormatError} if the key does not exist in one of the formats; then it is written in none.
 * @throws {KeyMaterialError} Unreadable.
 * @throws {RangeError} if alias or passphrase break the rules of RenderRequest.
 */
export async function renderFormats(
  request: RenderRequest & { readonly formats: readonly Format[] },
): Promise<Readonly<Record<string, Uint8Array>>> {
  assertNames(request);
  assertForm(request.material);
  const isPublic = isPublicForm(request.material);
  const key = { algorithm: request.material.algorithm, isPublic, isProtected: request.passphrase !== undefined };
  for (const format of request.formats) {
    const refusal = formatRefusal(key, format);
    if (refusal !== undefined) throw new FormatError(refusal);
  }
  const publicRequest = { ...request, material: await publicHalf(request.material) };
  const rendered: Record<string, Uint8Array> = {};
  for (const format of request.formats) {
    const { secretDataKey, publicDataKey } = FORMATS[format];
    const { renderSecret, renderPublic } = renderers[format];
    const isSecretThere = !isPublic && secretDataKey !== undefined;
    if (isSecretThere && renderSecret !== undefined) rendered[secretDataKey] = await renderSecret(request);
    if (publicDataKey === undefined || renderPublic === undefined) continue;
    if (isSecretThere && publicDataKey === secretDataKey) continue;
    rendered[publicDataKey] = await renderPublic(publicRequest);
  }
  return rendered;
}

function assertNames({ alias, passphrase }: RenderRequest): void {
  if (!ALIAS.test(alias)) throw new RangeError('An alias must be 1 to 63 of a-z, 0-9, ".", "_" and "-"');
  if (passphrase !== undefined && !isPrintableAscii(passphrase))
    throw new RangeError('A passphrase must be printable ASCII');
}

function isPrintableAscii(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
}

function assertForm({ algorithm, form }: KeyMaterial): void {
  if (!forms[ALGORITHMS[algorithm].family].includes(form)) throw new KeyMaterialError('Unreadable');
}

/** What may be shown of a key: of a secret key not a byte. */
async function publicHalf(material: KeyMaterial): Promise<KeyMaterial> {
  const { algorithm, form } = material;
  switch (form) {
    case 'Raw':
      return { algorithm, form, bytes: new Uint8Array() };
    case 'Pkcs8':
    case 'Spki':
      return { algorithm, form: 'Spki', bytes: publicKeyOf(material).export({ format: 'der', type: 'spki' }) };
    case 'OpenPgpPrivate':
      return (await import('./openpgp.ts')).openPgpPublicHalf(material);
    case 'OpenPgpPublic':
      return material;
  }
}

function isPublicForm({ form }: KeyMaterial): boolean {
  return form === 'Spki' || form === 'OpenPgpPublic';
}
