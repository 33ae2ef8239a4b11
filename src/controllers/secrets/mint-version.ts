import { drawKeyId } from '../../keys/key-id.ts';
import { hashToken } from '../../keys/hash.ts';
import { IMPORTED_MASK } from '../../keys/mask.ts';
import type { KeyMaterial } from '../../keys/crypto/material.ts';
import type { Minted } from '../../keys/crypto/mint-order.ts';
import { mintMaterial } from '../../keys/crypto/mint.ts';
import { publicFacts } from '../../keys/crypto/public-facts.ts';
import { mintPassphrase } from '../../keys/passphrase.ts';
import { mintSigningSecret } from '../../keys/signing-secret.ts';
import { mintToken } from '../../keys/token.ts';
import type { CryptoEntry, KeyIdentity, Ledger, SigningSecretEntry, VersionEntry } from '../../sealing/ledger.ts';
import { materialHash } from '../../sealing/material-hash.ts';
import type { MaterialAddition } from '../../sealing/material.ts';
import { MATERIAL_FIELDS, type MaterialRef } from '../../sealing/sealed-material.ts';
import type {
  CopyOrder,
  CryptoOrder,
  ImportedTokenOrder,
  ImportOrder,
  MintOrder,
  SigningOrder,
  TokenOrder,
} from '../planning/record-change.ts';
import type { MadeKeys } from '../shared/minting-desk.ts';
import type { KeyPorts } from '../shared/ports.ts';

export interface MintContext {
  readonly ports: Pick<KeyPorts, 'randomBytes' | 'clock' | 'installation'>;
  /** Of the key that is written. */
  readonly identity: KeyIdentity;
  /** Slow keys, which were made before. */
  readonly made: MadeKeys;
  /** What the record keeps sealed already; undefined when it holds none. */
  readonly open: (ref: MaterialRef) => Promise<Uint8Array | undefined>;
  /** What the environment's source holds, judged again. @throws KW_SOURCE_CHANGED if it is not what was planned on. */
  readonly readImported: (environment: string, sourceHash: string) => Promise<KeyMaterial>;
  /** The token that the environment's source holds. @throws KW_SOURCE_CHANGED if it has another hash. */
  readonly readToken: (environment: string, hash: string) => Promise<Uint8Array>;
  /** RFC 3339. */
  readonly now: string;
}

/** A version and the bytes to seal for it. The caller wipes them. */
export interface MintedVersion {
  readonly entry: VersionEntry;
  readonly additions: readonly MaterialAddition[];
}

/** Makes one version. @param siblings What the same record write has made before, for keys that are shared. */
export async function mintVersion(
  context: MintContext,
  ledger: Ledger,
  order: MintOrder,
  siblings: readonly MintedVersion[],
): Promise<MintedVersion> {
  switch (order.material.kind) {
    case 'Token':
      return tokenVersion(context, order, order.material);
    case 'ImportedToken':
      return await importedTokenVersion(context, order, order.material);
    case 'Crypto':
      return await cryptoVersion(context, order, order.material, siblings);
    case 'Import':
      return await importedVersion(context, order, order.material);
    case 'Copy':
      return await copiedVersion(context, ledger, order, order.material);
  }
}

/** A signing secret for a version, and its bytes. */
export function mintSigning(
  { randomBytes }: Pick<KeyPorts, 'randomBytes'>,
  { environment, version }: Pick<SigningOrder, 'environment' | 'version'>,
): { readonly signingSecret: SigningSecretEntry; readonly addition: MaterialAddition } {
  const { secret, id } = mintSigningSecret(randomBytes);
  const addition: MaterialAddition = { environment, version, field: 'signingSecret', plaintext: Buffer.from(secret) };
  return { signingSecret: { id, hash: hashToken(secret) }, addition };
}

function tokenVersion({ ports, now }: MintContext, order: MintOrder, material: TokenOrder): MintedVersion {
  const { token, ...facts } = mintToken({ prefix: material.prefix, randomBytes: ports.randomBytes });
  return withSigning(ports, order, material, { ...freshEntry(order, now), ...facts }, Buffer.from(token));
}

/** Its key id is ours: what others made need not have a part that is public. */
async function importedTokenVersion(
  { ports, now, readToken }: MintContext,
  order: MintOrder,
  material: ImportedTokenOrder,
): Promise<MintedVersion> {
  const { sourceHash: hash } = material;
  const token = await readToken(order.environment, hash);
  const entry = { ...freshEntry(order, now), keyId: drawKeyId(ports.randomBytes), hash, mask: IMPORTED_MASK };
  return withSigning(ports, order, material, entry, token);
}

function withSigning(
  ports: MintContext['ports'],
  order: MintOrder,
  material: Pick<TokenOrder, 'signingSecret'>,
  entry: VersionEntry,
  token: Uint8Array,
): MintedVersion {
  const { environment, version } = order;
  const addition: MaterialAddition = { environment, version, field: 'token', plaintext: token };
  if (!material.signingSecret) return { entry, additions: [addition] };
  const signing = mintSigning(ports, order);
  return { entry: { ...entry, signingSecret: signing.signingSecret }, additions: [addition, signing.addition] };
}

async function cryptoVersion(
  context: MintContext,
  order: MintOrder,
  material: CryptoOrder,
  siblings: readonly MintedVersion[],
): Promise<MintedVersion> {
  const [sibling] = material.isShared ? siblings : [];
  if (sibling !== undefined) return sharedVersion(order, context.now, sibling);
  const { material: made, revocation } = await takeOrMint(context, order, material);
  const minted = await keyVersion(context, order, made, { origin: 'Generated' });
  if (revocation === undefined) return minted;
  const { environment, version } = order;
  const certificate: MaterialAddition = {
    environment,
    version,
    field: 'revocation',
    plaintext: Buffer.from(revocation),
  };
  return { ...minted, additions: [...minted.additions, certificate] };
}

async function importedVersion(
  context: MintContext,
  order: MintOrder,
  { sourceHash }: ImportOrder,
): Promise<MintedVersion> {
  const material = await context.readImported(order.environment, sourceHash);
  return await keyVersion(context, order, material, { origin: 'Imported', source: sourceHash });
}

/** A passphrase is always made, so that asking for one later, or no longer, changes Secrets and no key. */
async function keyVersion(
  { ports, identity, now }: MintContext,
  order: MintOrder,
  material: KeyMaterial,
  from: Pick<CryptoEntry, 'origin' | 'source'>,
): Promise<MintedVersion> {
  const { environment, version } = order;
  const { quantumVulnerable: _derived, ...facts } = await publicFacts(material).catch((error: unknown) => {
    material.bytes.fill(0);
    throw error;
  });
  const entry: VersionEntry = {
    ...freshEntry(order, now),
    keyId: drawKeyId(ports.randomBytes),
    hash: materialHash(ports.installation.peppers, identity, material.bytes),
    crypto: { ...facts, form: material.form, ...from },
  };
  const additions: readonly MaterialAddition[] = [
    { environment, version, field: 'material', plaintext: material.bytes },
    { environment, version, field: 'passphrase', plaintext: mintPassphrase(ports.randomBytes) },
  ];
  return { entry, additions };
}

async function takeOrMint({ ports, made, now }: MintContext, order: MintOrder, material: CryptoOrder): Promise<Minted> {
  const ready = made.get(order.environment);
  if (ready !== undefined) return ready;
  const { algorithm, openpgp } = material;
  const createdAt = new Date(now);
  return await mintMaterial({ algorithm, createdAt, ...(openpgp !== undefined && { openpgp }) }, ports.randomBytes);
}

function sharedVersion(order: MintOrder, now: string, { entry, additions }: MintedVersion): MintedVersion {
  const { environment, version } = order;
  return {
    entry: { ...entry, ...freshEntry(order, now) },
    additions: additions.map((addition) => ({
      ...addition,
      environment,
      version,
      plaintext: Uint8Array.from(addition.plaintext),
    })),
  };
}

async function copiedVersion(
  { open, now }: MintContext,
  { environments }: Ledger,
  order: MintOrder,
  from: CopyOrder,
): Promise<MintedVersion> {
  const source = environments
    .find(({ name }) => name === from.environment)
    ?.versions.find(({ version }) => version === from.version);
  if (source === undefined) throw new TypeError('Cannot copy a version that the ledger does not hold');
  const { environment, version } = order;
  const additions: MaterialAddition[] = [];
  try {
    for (const field of MATERIAL_FIELDS) {
      const plaintext = await open({ environment: from.environment, version: from.version, field });
      if (plaintext !== undefined) additions.push({ environment, version, field, plaintext });
    }
  } catch (error) {
    for (const { plaintext } of additions) plaintext.fill(0);
    throw error;
  }
  const { retireAt: _own, signingSecret: _too, ...copied } = source;
  return { entry: { ...copied, ...freshEntry(order, now) }, additions };
}

type FreshEntry = Pick<VersionEntry, 'version' | 'cause' | 'createdAt' | 'state' | 'stateSince'>;

function freshEntry({ version, cause }: MintOrder, now: string): FreshEntry {
  return { version, cause, createdAt: now, state: 'Current', stateSince: now };
}
