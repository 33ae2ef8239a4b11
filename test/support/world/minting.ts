import { timestamp } from '../../../src/controllers/planning/environment-facts.ts';
import type {
  CopyOrder,
  CryptoOrder,
  ImportedTokenOrder,
  ImportOrder,
  MintOrder,
  TokenOrder,
} from '../../../src/controllers/planning/record-change.ts';
import { hashToken } from '../../../src/keys/hash.ts';
import type { Ledger, VersionEntry } from '../../../src/sealing/ledger.ts';
import { cryptoEntry, keyedHash } from '../partner-key.ts';
import { importedHash, sourceHashOf, sourceOf } from './sources.ts';
import type { SealedValue, World } from './world.ts';

/** A version and what is sealed for it. */
export interface ModelMint {
  readonly entry: VersionEntry;
  readonly additions: readonly SealedValue[];
}

/**
 * Makes one version, as mint-version.ts does.
 *
 * @param ledger As far as the same write has come.
 * @param sealed What the record holds.
 * @returns Undefined when a source holds something else by now.
 */
export function mint(
  world: World,
  ledger: Ledger,
  sealed: readonly SealedValue[],
  order: MintOrder,
  siblings: readonly ModelMint[],
): ModelMint | undefined {
  switch (order.material.kind) {
    case 'Token':
      return tokenVersion(world, order, order.material);
    case 'ImportedToken':
    case 'Import':
      return importedVersion(world, order, order.material);
    case 'Crypto':
      return cryptoVersion(world, order, order.material, siblings);
    case 'Copy':
      return copiedVersion(world, ledger, sealed, order, order.material);
  }
}

function tokenVersion(world: World, order: MintOrder, { prefix }: TokenOrder): ModelMint {
  const id = world.next();
  const hash = hashToken(`token ${id}`);
  const { environment, version } = order;
  const entry = { ...freshEntry(world, order, id), hash, mask: `${prefix}_key${id}_***` };
  return { entry, additions: [{ environment, version, field: 'token', hash }] };
}

function cryptoVersion(
  world: World,
  order: MintOrder,
  { isShared, algorithm }: CryptoOrder,
  siblings: readonly ModelMint[],
): ModelMint {
  const [sibling] = isShared ? siblings : [];
  const id = world.next();
  if (sibling === undefined) {
    return sealedVersion(order, {
      ...freshEntry(world, order, id),
      hash: keyedHash(`key ${id}`),
      crypto: cryptoEntry({ algorithm }),
    });
  }
  const { entry, additions } = sibling;
  const { environment, version } = order;
  const { keyId, hash, crypto } = entry;
  return {
    entry: { ...freshEntry(world, order, id), keyId, hash, ...(crypto !== undefined && { crypto }) },
    additions: additions.map((addition) => ({ ...addition, environment, version })),
  };
}

function importedVersion(
  world: World,
  order: MintOrder,
  { kind, sourceHash }: ImportOrder | ImportedTokenOrder,
): ModelMint | undefined {
  const hash = heldHash(world, order.environment, sourceHash);
  if (hash === undefined) return undefined;
  const fresh = { ...freshEntry(world, order, world.next()), hash };
  if (kind === 'Import')
    return sealedVersion(order, { ...fresh, crypto: cryptoEntry({ origin: 'Imported', source: sourceHash }) });
  const { environment, version } = order;
  return { entry: { ...fresh, mask: '***' }, additions: [{ environment, version, field: 'token', hash }] };
}

/** What the ledger stores of what a source holds, if that is what was planned on. */
export function heldHash(world: World, environment: string, sourceHash: string): string | undefined {
  const { object } = world.server;
  const declarations = object === undefined ? [] : world.kind.rules.imports(object);
  const declaration = declarations.find((one) => one.environment === environment);
  const held = declaration === undefined ? undefined : sourceOf(world, declaration);
  if (declaration === undefined || held === undefined) return undefined;
  return sourceHashOf(declaration, held) === sourceHash ? importedHash(declaration, held) : undefined;
}

function copiedVersion(
  world: World,
  { environments }: Ledger,
  sealed: readonly SealedValue[],
  order: MintOrder,
  from: CopyOrder,
): ModelMint {
  const source = environments
    .find(({ name }) => name === from.environment)
    ?.versions.find(({ version }) => version === from.version);
  if (source === undefined) throw new Error('What is to be copied is not in the ledger');
  const { environment, version } = order;
  const { keyId, hash, crypto } = source;
  const entry = { ...freshEntry(world, order, world.next()), keyId, hash, ...(crypto !== undefined && { crypto }) };
  const additions = sealed
    .filter((value) => value.environment === from.environment && value.version === from.version)
    .map((value) => ({ ...value, environment, version }));
  return { entry, additions };
}

function sealedVersion({ environment, version }: MintOrder, entry: VersionEntry): ModelMint {
  const { hash } = entry;
  const additions: readonly SealedValue[] = [
    { environment, version, field: 'material', hash },
    { environment, version, field: 'passphrase', hash: keyedHash(`passphrase of ${entry.keyId}`) },
  ];
  return { entry, additions };
}

type FreshEntry = Pick<VersionEntry, 'version' | 'keyId' | 'cause' | 'createdAt' | 'state' | 'stateSince'>;

function freshEntry(world: World, { version, cause }: MintOrder, id: number): FreshEntry {
  const now = timestamp(world.now);
  return { version, keyId: `key${id}`, cause, createdAt: now, state: 'Current', stateSince: now };
}
