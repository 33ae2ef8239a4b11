import { decryptKey, readKeys, readPrivateKey, SecretKeyPacket, SecretSubkeyPacket } from 'openpgp';
import type { Key, PrivateKey } from 'openpgp';
import { PASSPHRASE_UNUSED } from './asymmetric-import.ts';
import type { AsymmetricContext } from './asymmetric-import.ts';
import { ImportRefusal } from './import-outcome.ts';
import type { ReadKey } from './import-outcome.ts';
import { openPgpAlgorithm, openPgpRsaNumbers, openPgpWarnings } from './openpgp-algorithm.ts';
import { CAREFUL_OPENPGP, MAX_ARGON2_PASSES } from './openpgp-config.ts';
import { assertOpenPgpRsaPart } from './openpgp-rsa.ts';
import type { RecognisedKey } from './recognise-key.ts';
import { assertStrongModulus } from './rsa/modulus-weakness.ts';

type OpenPgpFile = Extract<RecognisedKey, { kind: 'OpenPgp' }>;

export interface OpenPgpContext extends AsymmetricContext {
  readonly now: Date;
}

/** Each subkey can ask for a key derivation of its own. */
const MAX_SUBKEYS = 10;

/**
 * Reads one transferable key (RFC 9580 section 10), unlocks it and checks what holds it together.
 * @throws {ImportRefusal} any reason.
 */
export async function importOpenPgp(file: OpenPgpFile, context: OpenPgpContext): Promise<ReadKey> {
  const key = await readOneKey(file);
  const algorithm = openPgpAlgorithm(key);
  const warnings = rsaWarnings(key, context.knownModuli);
  await assertInForce(key, context.now);
  warnings.push(...openPgpWarnings(key));
  if (file.holds === 'Public') {
    assertOnlyPublic(key);
    return { material: { algorithm, form: 'OpenPgpPublic', bytes: Uint8Array.from(key.write()) }, warnings };
  }
  if (!key.isPrivate())
    throw new ImportRefusal('TypeMismatch', 'The block is labelled private, but holds a public key');
  if (!isLocked(key) && context.passphrase !== undefined) warnings.push(PASSPHRASE_UNUSED);
  const unlocked = await unlock(key, context.passphrase);
  try {
    const bytes = await writtenIfSound(unlocked);
    return { material: { algorithm, form: 'OpenPgpPrivate', bytes }, warnings };
  } finally {
    forget(unlocked);
  }
}

/** Of every RSA part, compared with known keys and with the other parts. */
function rsaWarnings(key: Key, knownModuli: readonly bigint[] = []): string[] {
  const parts = openPgpRsaNumbers(key);
  const others = [...knownModuli, ...parts.map(({ n }) => n)];
  return parts.flatMap((numbers) => assertStrongModulus(numbers, others));
}

/** Wipes what the library keeps of the private parts. Its types leave the method out. */
function forget(key: PrivateKey & { readonly clearPrivateParams?: () => void }): void {
  key.clearPrivateParams?.();
}

async function readOneKey({ isArmoured, bytes }: OpenPgpFile): Promise<Key> {
  const config = CAREFUL_OPENPGP;
  const keys = await (
    isArmoured
      ? readKeys({ armoredKeys: Buffer.from(bytes).toString('latin1'), config })
      : readKeys({ binaryKeys: Uint8Array.from(bytes), config })
  ).catch((): readonly Key[] => []);
  const [key, ...others] = keys;
  if (key === undefined) {
    throw new ImportRefusal(
      'MalformedKey',
      'The OpenPGP key cannot be read; export it again with "gpg --export-secret-keys --armor"',
    );
  }
  if (others.length > 0) {
    throw new ImportRefusal(
      'MalformedKey',
      'The file holds several OpenPGP keys; export the one that is meant by its fingerprint',
    );
  }
  if (key.subkeys.length > MAX_SUBKEYS) {
    throw new ImportRefusal(
      'MalformedKey',
      `The OpenPGP key has more than ${MAX_SUBKEYS} subkeys; export it without the outdated ones`,
    );
  }
  return key;
}

async function assertInForce(key: Key, now: Date): Promise<void> {
  if (await key.isRevoked(undefined, undefined, now, CAREFUL_OPENPGP)) {
    throw new ImportRefusal('WeakKey', 'The OpenPGP key is revoked; import the key that replaces it');
  }
  try {
    await key.verifyPrimaryKey(now, undefined, CAREFUL_OPENPGP);
  } catch {
    const expiresAt = await key.getExpirationTime(undefined, CAREFUL_OPENPGP);
    if (expiresAt instanceof Date && expiresAt <= now) {
      throw new ImportRefusal(
        'WeakKey',
        'The OpenPGP key is expired; extend it with "gpg --quick-set-expire" and export it again',
      );
    }
    throw new ImportRefusal(
      'MalformedKey',
      'The OpenPGP key has no self-signature that is valid now; check its user id, creation time and digest',
    );
  }
}

/** The label may lie. The library takes no secret subkey after a public primary key, so that one look is enough. */
function assertOnlyPublic(key: Key): void {
  if (!key.isPrivate()) return;
  throw new ImportRefusal(
    'TypeMismatch',
    'The OpenPGP block holds private keys; export the public key with "gpg --export"',
  );
}

function secretPackets(key: PrivateKey): readonly (SecretKeyPacket | SecretSubkeyPacket)[] {
  return key
    .getKeys()
    .map(({ keyPacket }) => keyPacket)
    .filter((packet) => packet instanceof SecretKeyPacket || packet instanceof SecretSubkeyPacket);
}

function isLocked(key: PrivateKey): boolean {
  return secretPackets(key).some((packet) => !packet.isDecrypted());
}

async function unlock(key: PrivateKey, passphrase: Uint8Array | undefined): Promise<PrivateKey> {
  const packets = secretPackets(key);
  if (packets.length < key.getKeys().length || packets.some((packet) => packet.isMissingSecretKeyMaterial())) {
    throw new ImportRefusal(
      'MalformedKey',
      'A part of the OpenPGP key is not there (kept offline or on a card); export the whole key with "gpg --export-secret-keys"',
    );
  }
  if (!isLocked(key)) return key;
  if (packets.some((packet) => packet.isDecrypted())) {
    throw new ImportRefusal(
      'MalformedKey',
      'Some parts of the OpenPGP key are locked and some are not; set one passphrase for all',
    );
  }
  if (packets.some(isTooCostly)) throw new ImportRefusal('MalformedKey', TOO_COSTLY);
  if (passphrase === undefined || passphrase.length === 0) {
    throw new ImportRefusal(
      'PassphraseRequired',
      'The OpenPGP key is locked; give its passphrase by passphraseSecretKeyRef or passphraseOpenpgpMessage',
    );
  }
  try {
    return await decryptKey({
      privateKey: key,
      passphrase: Buffer.from(passphrase).toString(),
      config: CAREFUL_OPENPGP,
    });
  } catch (error) {
    throw unlockRefusal(error);
  }
}

const TOO_COSTLY =
  'Unlocking the OpenPGP key would take too much memory or time (Argon2); set its passphrase anew with at most 64 MiB';

/** The library bounds Argon2's memory, not its passes. The type of the packet leaves the field out. */
function isTooCostly(packet: object): boolean {
  const s2k = 's2k' in packet ? packet.s2k : undefined;
  const passes = typeof s2k === 'object' && s2k !== null && 't' in s2k ? s2k.t : 0;
  return typeof passes === 'number' && passes > MAX_ARGON2_PASSES;
}

function unlockRefusal(error: unknown): ImportRefusal {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('Argon2')) return new ImportRefusal('MalformedKey', TOO_COSTLY);
  if (text.includes('Key is invalid')) return new ImportRefusal('PairMismatch', PARTS);
  return new ImportRefusal(
    'PassphraseWrong',
    'The passphrase does not unlock the OpenPGP key; give the one it was locked with',
  );
}

const PARTS =
  'The private and the public parts of the OpenPGP key do not belong together; export it again from where it was made';

/** Asks the key as it is sealed: one whose lock vouches for it (AEAD) is taken on trust while it remembers that lock. */
async function writtenIfSound(unlocked: PrivateKey): Promise<Uint8Array> {
  const written = unlocked.write();
  const bytes = Uint8Array.from(written);
  try {
    await assertPartsMatch(await readPrivateKey({ binaryKey: written, config: CAREFUL_OPENPGP }));
    return bytes;
  } catch (error) {
    bytes.fill(0);
    throw error;
  } finally {
    written.fill(0);
  }
}

/** The library checks the primary key alone. */
async function assertPartsMatch(key: PrivateKey): Promise<void> {
  try {
    for (const packet of secretPackets(key)) await assertPartMatches(packet);
  } finally {
    forget(key);
  }
}

async function assertPartMatches(packet: SecretKeyPacket | SecretSubkeyPacket): Promise<void> {
  try {
    await packet.validate();
  } catch {
    throw new ImportRefusal('PairMismatch', PARTS);
  }
  await assertOpenPgpRsaPart(packet);
}
