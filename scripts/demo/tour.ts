import { MANAGED_LABEL } from '../../src/api/labels.ts';
import type { CryptoKey } from '../../src/api/generated/crypto-key.ts';
import { API_KEYS } from '../../src/api/resources.ts';
import { SECRETS } from '../../src/kube/objects/resource.ts';
import { printedTable, type ClusterAccess } from './cluster-access.ts';
import { applyCryptoKeys, CRYPTO_FOLDER, CRYPTO_KEY_FILES, cryptoTable, SHOWN_PLACE } from './crypto-keys.ts';
import { publishedHash, tokenFacts } from './delivered-token.ts';
import type { OperatorProcess } from './operator-process.ts';
import { KEY, PLACES, type Place } from './quickstart.ts';
import { deleteSecret, editSecret, repairMs, type Harm } from './repair.ts';
import { measureResync } from './resync.ts';
import type { Screen } from './screen.ts';

export interface TourOptions {
  readonly screen: Screen;
  readonly access: ClusterAccess;
  readonly operator: OperatorProcess;
  readonly signal: AbortSignal;
}

const [, EUROPE, AMERICA] = PLACES;

/** Shows a person what became of examples/quickstart, and one crypto key of each kind. @throws as soon as something is not as it should be. */
export async function tour(options: TourOptions): Promise<void> {
  await showTables(options);
  await showSecret(options);
  await showHashes(options);
  await showRepairs(options);
  await showCryptoKeys(options);
  await showResync(options);
}

async function showTables({ screen, access }: TourOptions): Promise<void> {
  screen.heading('What was declared, and what the operator reports');
  const resources = '/apis/keywright.dev/v1alpha1';
  screen.block([
    screen.command('kubectl get keyprojects'),
    ...(await printedTable(access, `${resources}/keyprojects`)),
    '',
    screen.command('kubectl get apikeys --all-namespaces'),
    ...(await printedTable(access, `${resources}/apikeys`)),
  ]);
}

async function showSecret({ screen, access }: TourOptions): Promise<void> {
  screen.heading('What was delivered: a Secret in every namespace of every environment');
  const selector = `${MANAGED_LABEL}=true`;
  const secret = await access.client.get(SECRETS, EUROPE);
  const { mask, length } = tokenFacts(secret);
  screen.block([
    screen.command(`kubectl get secrets --all-namespaces --selector ${selector}`),
    ...(await printedTable(access, `/api/v1/secrets?labelSelector=${encodeURIComponent(selector)}`)),
    '',
    `Secret ${pathOf(EUROPE)} holds`,
    `  key-id   ${Buffer.from(secret.data?.['key-id'] ?? '', 'base64').toString()}`,
    `  token    ${mask}   ${screen.faint(`${length} characters; *** stands for the secret ones`)}`,
  ]);
}

async function showHashes({ screen, access }: TourOptions): Promise<void> {
  const key = await access.client.get(API_KEYS, KEY);
  screen.heading('What the cluster keeps beside the Secrets: a hash of each token');
  for (const place of PLACES) {
    const { hash } = tokenFacts(await access.client.get(SECRETS, place));
    const published = publishedHash(key, place);
    if (hash !== published) throw new Error(`The hash in status is not that of the token in Secret ${pathOf(place)}`);
    if (place !== EUROPE) continue;
    screen.block([
      `SHA-256 of the token in ${pathOf(place)}`,
      `  ${hash}`,
      `hash in status, environment ${place.environment}`,
      `  ${published}`,
    ]);
  }
  screen.line();
  await screen.step('Comparing the hashes', async () => {
    const tokens = new Set(PLACES.map((place) => publishedHash(key, place))).size;
    return `The same, and so for all ${PLACES.length} Secrets: ${tokens} tokens, one for each environment`;
  });
}

async function showRepairs({ screen, access, signal }: TourOptions): Promise<void> {
  screen.heading('What happens to drift');
  const show = async (place: Place, harm: Harm, what: string): Promise<void> => {
    await screen.step(`Secret ${pathOf(place)} ${what}`, async () => {
      const ms = await repairMs(access, place, harm, signal);
      return `Secret ${pathOf(place)} ${what}: back after ${ms} ms, with the same token`;
    });
  };
  await show(AMERICA, deleteSecret, 'deleted');
  await show(EUROPE, editSecret, 'stripped of a label, its token overwritten');
}

async function showCryptoKeys({ screen, access, signal }: TourOptions): Promise<void> {
  screen.heading('Cryptographic keys: minted or imported, and kept only as ciphertext');
  let keys: readonly CryptoKey[] = [];
  await screen.step(`Applying ${CRYPTO_KEY_FILES.length} files of ${CRYPTO_FOLDER}`, async () => {
    keys = await applyCryptoKeys(access, signal);
    return `${keys.length} files of ${CRYPTO_FOLDER} are applied: every CryptoKey is Ready in ${PLACES.length} namespaces`;
  });
  screen.line();
  screen.block([`environment ${SHOWN_PLACE.environment}:`, ...(await cryptoTable(access, keys))]);
  screen.line();
  const { namespace } = SHOWN_PLACE;
  for (const { metadata } of keys) {
    const what = `Secret ${pathOf({ namespace, name: metadata.name })} deleted`;
    await screen.step(what, async () => {
      const ms = await repairMs(access, { namespace, name: metadata.name }, deleteSecret, signal);
      return `${what}: back after ${ms} ms, the same byte for byte`;
    });
  }
}

async function showResync({ screen, access, operator, signal }: TourOptions): Promise<void> {
  screen.heading('What a look at everything costs when nothing has changed');
  await screen.step('Waiting until nothing is left to do, then asking for a resync (SIGHUP)', async () => {
    const { reconciles, writes, leaseRenewals, events } = await measureResync(access, operator, signal);
    if (writes + events > 0) throw new Error(`The resync wrote ${writes} objects and ${events} events`);
    return `Resync: ${reconciles} reconciles, ${writes} writes (counted apart: ${events} events, ${leaseRenewals} lease renewals)`;
  });
}

function pathOf({ namespace, name }: Pick<Place, 'namespace'> & { readonly name: string }): string {
  return `${namespace}/${name}`;
}
