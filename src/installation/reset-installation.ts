import { RESET_ANNOTATION } from '../api/labels.ts';
import { KEY_PROJECTS } from '../api/resources.ts';
import type { KeyProject } from '../api/generated/key-project.ts';
import { undefinedIfNotFound } from '../kube/errors/api-error.ts';
import type { Secret } from '../kube/objects/objects.ts';
import { SECRETS } from '../kube/objects/resource.ts';
import type { KekProvider } from '../sealing/kek-provider.ts';
import { readUnsignedRecord, type RecordContent } from '../sealing/record.ts';
import { opensMaterial } from '../sealing/rewrap.ts';
import { INSTALLATION_SECRET, resetInstallationSecret } from './installation-secret.ts';
import { decodeKeyringSecret, KEYRING_SECRET } from './keyring-secret.ts';
import { namesPepper } from './open-installation.ts';
import { decodePeppersSecret, PEPPERS_SECRET } from './peppers-secret.ts';
import { knownIds, unprovenByClaims, type ProjectClaims } from './project-claims.ts';
import { recordPages } from './read-or-create.ts';
import type { InstallationAccess } from './read-or-create.ts';

/** Records read at once: each has up to 700 KiB. */
const PAGE = 50;

export interface ResetOptions extends InstallationAccess {
  /** Which installation a project is claimed by. */
  readonly ownerOf: (project: KeyProject) => string | undefined;
}

/**
 * Makes new MAC keys under the id of an installation whose Secret is lost for good, while that Secret is
 * missing beside records. POST decides between replicas; the records are taken over afterwards, by whoever opens the
 * installation next.
 *
 * It is done once: a record that a reset took over stands against another one, so that a flag that was left on a
 * command line does not reset what could be restored.
 *
 * @returns Why it was refused; undefined when the Secret is there.
 * @throws {ApiError | ConnectionError} of the API server, {SealingError} KekUnavailable; calling again is safe.
 */
export async function resetInstallation(id: string, options: ResetOptions): Promise<string | undefined> {
  const { client, namespace, randomBytes, logger, signal } = options;
  if ((await secretOrUndefined(options, INSTALLATION_SECRET)) !== undefined)
    return `Secret "${INSTALLATION_SECRET}" is there`;
  const refusal = (await wrongId(id, options)) ?? (await missingPeppers(options));
  if (refusal !== undefined) return refusal;
  const call = signal === undefined ? {} : { signal };
  await client.create(SECRETS, resetInstallationSecret(id, namespace, randomBytes), call);
  logger.warn({ namespace, name: INSTALLATION_SECRET }, 'Made new MAC keys for an installation that lost its own');
  return undefined;
}

interface Looked {
  readonly wasReset: boolean;
  /** undefined: nothing is sealed, or there is no keyring to open it with. */
  readonly opens: boolean | undefined;
  /** KeyProjects that records are of, as they say. */
  readonly projects: ReadonlySet<string>;
}

/** The id is proven by what is sealed under it; where the keyring is lost too, by the projects that it claimed. */
async function wrongId(id: string, options: ResetOptions): Promise<string | undefined> {
  const keyring = await secretOrUndefined(options, KEYRING_SECRET);
  const decoded = keyring === undefined ? undefined : decodeKeyringSecret(keyring, options.randomBytes);
  if (decoded?.state === 'invalid') return `Secret "${KEYRING_SECRET}" is damaged: restore it from a backup`;
  const { wasReset, opens, projects } = await look(id, decoded?.kek, options);
  if (wasReset) {
    return `It was reset before: restore Secret "${INSTALLATION_SECRET}" from a backup, or take the annotation ${RESET_ANNOTATION} off every record to reset it once more`;
  }
  if (opens === true) return undefined;
  const claims = await projectClaims(options);
  return opens === undefined
    ? unprovenByClaims(id, claims, projects)
    : `Secret "${KEYRING_SECRET}" opens no record of "${id}": the id is wrong, or the keyring of somewhere else. ${knownIds(claims.values())}`;
}

async function look(id: string, kek: KekProvider | undefined, options: ResetOptions): Promise<Looked> {
  let opens: boolean | undefined;
  const projects = new Set<string>();
  for await (const page of recordPages(options, { limit: PAGE })) {
    if (page.some(({ metadata }) => metadata.annotations?.[RESET_ANNOTATION] !== undefined))
      return { wasReset: true, opens, projects };
    for (const secret of page) {
      const record = readUnsignedRecord(secret);
      if (record.state === 'invalid') continue;
      projects.add(record.ledger.project);
      if (opens !== true) opens = (await opensUnder(id, kek, record)) ?? opens;
    }
  }
  return { wasReset: false, opens, projects };
}

async function opensUnder(
  id: string,
  kek: KekProvider | undefined,
  { ledger, sealed }: RecordContent,
): Promise<boolean | undefined> {
  if (kek === undefined || sealed === undefined) return undefined;
  return await opensMaterial(sealed, ledger, { installation: id, kek });
}

async function projectClaims({ client, signal, ownerOf }: ResetOptions): Promise<ProjectClaims> {
  const { items } = await client.list(KEY_PROJECTS, signal === undefined ? {} : { signal });
  return new Map(
    items.flatMap((project): [string, string][] => {
      const owner = ownerOf(project);
      return owner === undefined ? [] : [[project.metadata.name, owner]];
    }),
  );
}

/** Without them a reset would end in a state in which nothing can be believed. */
async function missingPeppers(options: ResetOptions): Promise<string | undefined> {
  const secret = await secretOrUndefined(options, PEPPERS_SECRET);
  const isThere = secret !== undefined && decodePeppersSecret(secret).state === 'valid';
  const isNeeded = secret !== undefined || (await namesPepper(options));
  return isThere || !isNeeded ? undefined : `Restore Secret "${PEPPERS_SECRET}" from a backup first`;
}

async function secretOrUndefined(
  { client, namespace, signal }: ResetOptions,
  name: string,
): Promise<Secret | undefined> {
  const call = signal === undefined ? {} : { signal };
  return await client.get(SECRETS, { namespace, name }, call).catch(undefinedIfNotFound);
}
