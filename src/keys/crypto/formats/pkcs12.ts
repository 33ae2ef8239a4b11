import { ContentInfo, id_data } from '@peculiar/asn1-cms';
import {
  AuthenticatedSafe,
  CertBag,
  MacData,
  PFX,
  SafeBag,
  SafeContents,
  SecretBag,
  PKCS12Attribute,
  id_SecretBag,
  id_certBag,
  id_pkcs8ShroudedKeyBag,
  id_x509Certificate,
} from '@peculiar/asn1-pfx';
import { FriendlyName, LocalKeyId, id_pkcs9_at_friendlyName, id_pkcs9_at_localKeyId } from '@peculiar/asn1-pkcs9';
import { DigestInfo, id_sha256 } from '@peculiar/asn1-rsa';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { carrierCertificate } from './carrier-certificate.ts';
import { encryptPkcs8 } from './encrypted-pkcs8.ts';
import { FormatError } from './format-error.ts';
import { pkcs12Mac } from './pkcs12-mac.ts';
import type { RenderRequest } from './render-request.ts';
import { secretKeyInfo } from './secret-key-info.ts';

/** As Java 17 draws them. */
const MAC_SALT_BYTES = 20;
/** OpenSSL's number; each costs the event loop time. See encrypted-pkcs8.ts for why a drawn passphrase needs no more. */
const MAC_ITERATIONS = 2048;

/**
 * A PKCS#12 store (RFC 7292) of one entry: a private key with its carrier certificate, or a secret key the way Java 17
 * stores one. PBES2 and a SHA-256 MAC under one passphrase; the certificate is public and stays readable.
 *
 * @throws {FormatError} PassphraseNeeded without one.
 * @throws {KeyMaterialError} Unreadable, also if the key is none a store can hold.
 */
export async function pkcs12Store(request: RenderRequest): Promise<Uint8Array> {
  const { material, passphrase, salt } = request;
  if (passphrase === undefined) throw new FormatError('PassphraseNeeded');
  const safes =
    material.form === 'Raw' ? [await secretKeyBag(request, passphrase)] : await keyBags(request, passphrase);
  // One safe for each bag: some readers insist on the certificate and the key being apart.
  const content = new AuthenticatedSafe(safes.map((bag) => data(new SafeContents([bag]))));
  const authSafe = data(content);
  const macSalt = salt('pkcs12/mac', MAC_SALT_BYTES);
  const mac = pkcs12Mac(new Uint8Array(AsnConvert.serialize(content)), passphrase, {
    salt: macSalt,
    iterations: MAC_ITERATIONS,
  });
  const macData = new MacData({
    mac: new DigestInfo({
      digestAlgorithm: new AlgorithmIdentifier({ algorithm: id_sha256, parameters: null }),
      digest: new OctetString(mac),
    }),
    macSalt: new OctetString(macSalt),
    iterations: MAC_ITERATIONS,
  });
  return new Uint8Array(AsnConvert.serialize(new PFX({ authSafe, macData })));
}

async function keyBags(request: RenderRequest, passphrase: Uint8Array): Promise<readonly SafeBag[]> {
  const { material, salt } = request;
  const certificate = new CertBag({
    certId: id_x509Certificate,
    certValue: AsnConvert.serialize(new OctetString(carrierCertificate(request))),
  });
  const shrouded = await encryptPkcs8(material.bytes, passphrase, { use: 'pkcs12', salt });
  return [
    new SafeBag({
      bagId: id_certBag,
      bagValue: AsnConvert.serialize(certificate),
      bagAttributes: bagAttributes(request),
    }),
    new SafeBag({
      bagId: id_pkcs8ShroudedKeyBag,
      bagValue: Uint8Array.from(shrouded).buffer,
      bagAttributes: bagAttributes(request),
    }),
  ];
}

/** Java puts a secret key into a bag of secrets, shrouded like a private key. */
async function secretKeyBag(request: RenderRequest, passphrase: Uint8Array): Promise<SafeBag> {
  const { material, salt } = request;
  const info = secretKeyInfo(material);
  try {
    const shrouded = await encryptPkcs8(info, passphrase, { use: 'pkcs12', salt });
    const bag = new SecretBag({
      secretTypeId: id_pkcs8ShroudedKeyBag,
      secretValue: AsnConvert.serialize(new OctetString(shrouded)),
    });
    const bagValue = AsnConvert.serialize(bag);
    return new SafeBag({ bagId: id_SecretBag, bagValue, bagAttributes: bagAttributes(request) });
  } finally {
    info.fill(0);
  }
}

/** The alias, and what binds a key to its certificate: Java reads the date of an entry from there too. */
function bagAttributes({ alias, createdAt }: RenderRequest): PKCS12Attribute[] {
  const keyId = new TextEncoder().encode(`Time ${createdAt.getTime()}`);
  return [
    attribute(id_pkcs9_at_friendlyName, new FriendlyName(alias)),
    attribute(id_pkcs9_at_localKeyId, new LocalKeyId(keyId)),
  ];
}

function attribute(attrId: string, value: object): PKCS12Attribute {
  // Its constructor drops what it is given.
  return Object.assign(new PKCS12Attribute(), { attrId, attrValues: [AsnConvert.serialize(value)] });
}

function data(content: object): ContentInfo {
  const octets = new OctetString(AsnConvert.serialize(content));
  return new ContentInfo({ contentType: id_data, content: AsnConvert.serialize(octets) });
}
