import { AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';

const ID_PBES2 = '1.2.840.113549.1.5.13';
const ID_PBKDF2 = '1.2.840.113549.1.5.12';
const ID_HMAC_SHA256 = '1.2.840.113549.2.9';
const ID_AES_256_CBC = '2.16.840.1.101.3.4.1.42';

/** PBKDF2-params of RFC 8018, A.2, without the key length, which the cipher says. */
class Pbkdf2Params {
  salt: OctetString;
  iterationCount: number;
  prf: AlgorithmIdentifier = new AlgorithmIdentifier({ algorithm: ID_HMAC_SHA256, parameters: null });

  constructor(salt: Uint8Array, iterations: number) {
    this.salt = new OctetString(salt);
    this.iterationCount = iterations;
  }
}
AsnType({ type: AsnTypeTypes.Sequence })(Pbkdf2Params as never);
AsnProp({ type: OctetString })(Pbkdf2Params.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pbkdf2Params.prototype, 'iterationCount');
AsnProp({ type: AlgorithmIdentifier })(Pbkdf2Params.prototype, 'prf');

/** PBES2-params of RFC 8018, A.4. */
class Pbes2Params {
  keyDerivationFunc: AlgorithmIdentifier;
  encryptionScheme: AlgorithmIdentifier;

  constructor(keyDerivationFunc: AlgorithmIdentifier, encryptionScheme: AlgorithmIdentifier) {
    this.keyDerivationFunc = keyDerivationFunc;
    this.encryptionScheme = encryptionScheme;
  }
}
AsnType({ type: AsnTypeTypes.Sequence })(Pbes2Params as never);
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'keyDerivationFunc');
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'encryptionScheme');

/** PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
export function pbes2({
  salt,
  iterations,
  iv,
}: {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly iv: Uint8Array;
}): AlgorithmIdentifier {
  const derivation = AsnConvert.serialize(new Pbkdf2Params(salt, iterations));
  const params = new Pbes2Params(
    new AlgorithmIdentifier({ algorithm: ID_PBKDF2, parameters: derivation }),
    new AlgorithmIdentifier({ algorithm: ID_AES_256_CBC, parameters: AsnConvert.serialize(new OctetString(iv)) }),
  );
  return new AlgorithmIdentifier({ algorithm: ID_PBES2, parameters: AsnConvert.serialize(params) });
}
