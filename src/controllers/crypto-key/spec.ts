import type { CryptoKey, CryptoKeySpec } from '../../api/generated/crypto-key.ts';
import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import type { KeyObject } from '../../api/key-object.ts';
import { parseDurationMs } from '../../durations.ts';
import type { Algorithm } from '../../keys/crypto/algorithm.ts';
import {
  CRYPTO_KEY_TYPES,
  defaultFormats,
  isFormatOf,
  type Format,
  type Kind,
} from '../../keys/crypto/formats/table.ts';
import type { OpenPgpOrder } from '../../keys/crypto/mint-order.ts';
import type { CryptoEntry, Place, VersionEntry } from '../../sealing/ledger.ts';
import { outputTargets } from '../key/spec.ts';
import type { ImportDeclaration } from '../planning/import-facts.ts';
import type { OutputTarget } from '../planning/environment-facts.ts';

/** The Secret of a passphrase has the name of the one with its key, and this after it. */
const PASSPHRASE_SUFFIX = '-passphrase';

/** The spec of a key that is handled by the rules of this kind. */
export function specOf({ spec }: Pick<KeyObject, 'spec'>): CryptoKeySpec {
  return spec as CryptoKey['spec'];
}

/** Are delivered private keys protected by a passphrase? */
export function isProtected({ type, passphrase }: Pick<CryptoKeySpec, 'type' | 'passphrase'>): boolean {
  return passphrase !== undefined || CRYPTO_KEY_TYPES[type].isAlwaysProtected;
}

/** The Secrets of one namespace, and beside each one for the passphrase of its key. */
export function protectedOutputTargets(
  object: Pick<KeyObject, 'metadata' | 'spec'>,
  project: KeyProjectSpec | undefined,
): readonly OutputTarget[] {
  const targets = outputTargets(object, project);
  if (!isProtected(specOf(object))) return targets;
  return targets.flatMap(({ name, secretName }) => [
    { name, secretName },
    { name, secretName: `${secretName}${PASSPHRASE_SUFFIX}` },
  ]);
}

/** Is the wanted place of an output the one for its passphrase? The project's prefix may be before either name. */
export function isPassphrasePlace(
  { metadata, spec }: Pick<KeyObject, 'metadata' | 'spec'>,
  { output, secretName }: Pick<Place, 'output' | 'secretName'>,
): boolean {
  const { outputs, ...rest } = specOf({ spec });
  const declared = outputs?.find(({ name }) => name === output)?.secretName ?? metadata.name;
  return isProtected(rest) && secretName.endsWith(`${declared}${PASSPHRASE_SUFFIX}`);
}

/** What decides the formats of a key. */
export function kindOf(spec: CryptoKeySpec, algorithm: Algorithm): Kind {
  return { type: spec.type, algorithm, isProtected: isProtected(spec) };
}

/**
 * The formats in which a version is delivered at an output; those of its kind where the spec does not say. The spec
 * speaks of the algorithm it asks for: a version of the one before, which waits to be replaced, goes without formats
 * that it does not have.
 */
export function formatsOf(spec: CryptoKeySpec, output: string, crypto: CryptoEntry): readonly Format[] {
  const kind = kindOf(spec, crypto.algorithm);
  const declared = spec.outputs?.find(({ name }) => name === output)?.formats ?? [];
  const isOutdated = algorithmDiffers({ spec }, { crypto });
  const formats = isOutdated ? declared.filter((format) => isFormatOf(kind, format)) : declared;
  return formats.length > 0 ? formats : defaultFormats(kind);
}

/**
 * Is the version one that we minted, of another algorithm than the spec asks for? That of an imported key is what its
 * source holds: the spec's is compared with it when it is read, and after that the source alone decides.
 */
export function algorithmDiffers(object: Pick<KeyObject, 'spec'>, { crypto }: Pick<VersionEntry, 'crypto'>): boolean {
  const { algorithm } = specOf(object);
  return algorithm !== undefined && crypto?.origin === 'Generated' && crypto.algorithm !== algorithm;
}

/** The name inside key stores. */
export function aliasOf({ metadata, spec }: Pick<KeyObject, 'metadata' | 'spec'>, environment: string): string {
  return specOf({ spec }).environments.find(({ name }) => name === environment)?.alias ?? metadata.name;
}

/** What an OpenPGP key is made with; undefined for every other key. */
export function openPgpOrder({ openpgp }: CryptoKeySpec): OpenPgpOrder | undefined {
  if (openpgp === undefined) return undefined;
  const { userIds = [], expiresIn } = openpgp;
  const seconds = expiresIn === undefined ? undefined : Math.floor(parseDurationMs(expiresIn) / 1_000);
  return { userIds, ...(seconds !== undefined && seconds > 0 && { expiresInSeconds: seconds }) };
}

/** What each environment imports; its own import goes before the one of the whole key. */
export function importDeclarations(object: Pick<KeyObject, 'spec'>): readonly ImportDeclaration[] {
  const { environments, import: common, type, algorithm } = specOf(object);
  return environments.flatMap(({ name, import: own }): ImportDeclaration[] => {
    const source = own ?? common;
    if (source === undefined) return [];
    const material = { kind: 'CryptoKey', type, ...(algorithm !== undefined && { algorithm }) } as const;
    return [{ environment: name, source, material }];
  });
}
