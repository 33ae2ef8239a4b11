import { createHash } from 'node:crypto';
import type { CryptoKey, CryptoKeyStatusEnvironmentVersion } from '../../src/api/generated/crypto-key.ts';
import { CRYPTO_KEYS } from '../../src/api/resources.ts';
import type { Secret } from '../../src/kube/objects/objects.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { applyFiles } from './apply-files.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { isReady, KEY, PLACES, type Place } from './quickstart.ts';
import { textTable } from './table.ts';
import { until } from './until.ts';

/** One of each: symmetric, a pair, OpenPGP, imported. Each has one Secret with the key's name. */
export const CRYPTO_KEY_FILES = [
  'data-encryption.yaml',
  'rsa-signing.yaml',
  'openpgp-reports.yaml',
  'public-key-import.yaml',
] as const;
export const CRYPTO_FOLDER = 'examples/crypto-keys';
const NAMES = ['card-data', 'statement-signing', 'report-exchange', 'partner-verification'] as const;
/** RSA takes a second or two on a slow machine. */
const TIMEOUT_MS = 60_000;

/** Whose keys are shown: the other namespace of the environment has the same. */
export const SHOWN_PLACE: Place = PLACES[1];

/** Applies the examples and resolves with the keys once all are Ready. */
export async function applyCryptoKeys(access: ClusterAccess, signal: AbortSignal): Promise<readonly CryptoKey[]> {
  for (const file of CRYPTO_KEY_FILES) await applyFiles(access.connection, `${CRYPTO_FOLDER}/${file}`);
  return await Promise.all(
    NAMES.map((name) =>
      until(
        async () => {
          const key = await access.client.get(CRYPTO_KEYS, { namespace: KEY.namespace, name }, { signal });
          return isReady(key) ? key : undefined;
        },
        { what: `CryptoKey ${KEY.namespace}/${name} is Ready`, signal, timeoutMs: TIMEOUT_MS, intervalMs: 100 },
      ),
    ),
  );
}

/** A row for each key in one environment: nothing but what status publishes, and the names of data keys. */
export async function cryptoTable({ client }: ClusterAccess, keys: readonly CryptoKey[]): Promise<readonly string[]> {
  const rows = keys.map(async (key) => {
    const { name } = key.metadata;
    const version = currentVersion(key);
    const { data = {} } = await client.get(SECRETS, { namespace: SHOWN_PLACE.namespace, name });
    const { algorithm, origin } = version;
    return [name, key.spec.type, algorithm, origin, checkText(version), Object.keys(data).toSorted().join(' ')];
  });
  return textTable(['NAME', 'TYPE', 'ALGORITHM', 'ORIGIN', 'FINGERPRINT OR KCV', 'DATA KEYS'], await Promise.all(rows));
}

/** SHA-256 over the values of a Secret: equal for two only if they are the same byte for byte. */
export function dataDigest({ data = {} }: Secret): string {
  const entries = Object.entries(data).toSorted(([one], [other]) => one.localeCompare(other));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

function currentVersion({ metadata, status }: CryptoKey): CryptoKeyStatusEnvironmentVersion {
  const environment = status?.environments?.find(({ name }) => name === SHOWN_PLACE.environment);
  const version = environment?.versions?.find(({ state }) => state === 'Current');
  if (version === undefined) throw new Error(`CryptoKey ${metadata.name} shows no current version`);
  return version;
}

/** What two people compare on the telephone. */
function checkText({ fingerprint, openpgpFingerprint, kcv }: CryptoKeyStatusEnvironmentVersion): string {
  if (kcv !== undefined) return `KCV ${kcv}`;
  return shortened(fingerprint ?? openpgpFingerprint ?? '');
}

const SHOWN_CHARACTERS = 23;

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
