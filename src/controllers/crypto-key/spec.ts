import type { CryptoKey, CryptoKeySpec } from '../../api/generated/crypto-key.ts';
import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import type { KeyObject } from '../../api/key-object.ts';
import { parseDurationMs } from '../../durations.ts';
import type { Algorithm } from '../../keys/crypto/algorithm.ts';
import { CRYPTO_KEY_TYPES, defaultFormats, type Format, type Kind } from '../../keys/crypto/formats/table.ts';
import type { OpenPgpOrder } from '../../keys/crypto/mint-order.ts';
import { outputTargets } from '../key/spec.ts';
import type { ImportDeclaration } from '../planning/import-facts.ts';
import type { OutputTarget } from '../planning/environment-facts.ts';

/** A place of a passphrase is the place of its key with this after the name of output and Secret. */
export const PASSPHRASE_SUFFIX = '-passphrase';

/** The spec of a key that is handled by the rules of this kind. */
export function specOf({ spec }: Pick<KeyObject, 'spec'>): CryptoKeySpec {
  return spec as CryptoKey['spec'];
}

/** Are delivered private keys protected by a passphrase? */
export function isProtected({ type, passphrase }: CryptoKeySpec): boolean {
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
    { name: `${name}${PASSPHRASE_SUFFIX}`, secretName: `${secretName}${PASSPHRASE_SUFFIX}` },
  ]);
}

/** What decides the formats of a key. */
function kindOf(spec: CryptoKeySpec, algorithm: Algorithm): Kind {
  return { type: spec.type, algorithm, isProtected: isProtected(spec) };
}

/** The formats of an output; those of its kind where the spec does not say. */
export function formatsOf(spec: CryptoKeySpec, output: string, algorithm: Algorithm): readonly Format[] {
  const declared = spec.outputs?.find(({ name }) => name === output)?.formats ?? [];
  return declared.length > 0 ? declared : defaultFormats(kindOf(spec, algorithm));
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
    return [{ environment: name, source, type, ...(algorithm !== undefined && { algorithm }) }];
  });
}
