import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { certificateSigner } from './certificate-signature.ts';
import { publicKeyOf } from '../public-key.ts';
import { privateKeyOf } from './key-objects.ts';
import type { RenderRequest } from './render-request.ts';

const ID_COMMON_NAME = '2.5.4.3';
const SERIAL_BYTES = 16;
/** "No well-defined expiration date" (RFC 5280, 4.1.2.5): the operator says when a key ends, not its carrier. */
const NEVER = new Date('9999-12-31T23:59:59Z');

/**
 * The self-signed certificate without which Java does not read a private key from a PKCS#12 store. It vouches for
 * nothing: subject and issuer are the alias, and nobody is asked to trust it.
 */
export function carrierCertificate({ material, alias, createdAt, salt }: RenderRequest): Uint8Array {
  const signer = certificateSigner(privateKeyOf(material));
  const spki = publicKeyOf(material).export({ format: 'der', type: 'spki' });
  const name = commonName(alias);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(salt),
    signature: signer.algorithm,
    issuer: name,
    subject: name,
    validity: new Validity({ notBefore: wholeSeconds(createdAt), notAfter: NEVER }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
  });
  const signature = signer.sign(new Uint8Array(AsnConvert.serialize(tbsCertificate)));
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signer.algorithm,
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

function commonName(alias: string): Name {
  const value = new AttributeValue({ utf8String: alias });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: ID_COMMON_NAME, value })])]);
}

/** Positive and of a fixed length, as RFC 5280, 4.1.2.2 wants it: the first bits are 01. */
function serialNumber(salt: RenderRequest['salt']): ArrayBuffer {
  const serial = Uint8Array.from(salt('certificate/serial', SERIAL_BYTES));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial.buffer;
}

/** Fractions of a second are not allowed (RFC 5280, 4.1.2.5.2). */
function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
