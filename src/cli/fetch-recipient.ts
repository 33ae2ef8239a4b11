import type { KeyProjectSpec } from '../api/generated/key-project.ts';
import { KEY_PROJECTS } from '../api/resources.ts';
import { IMPORT_NAME } from '../installation/import-secret.ts';
import { IMPORT_DATA } from '../installation/publish-import-key.ts';
import { KubeconfigError } from '../kube/config/kubeconfig-file.ts';
import type { KubeClient } from '../kube/client/client.ts';
import { ApiError, ConnectionError, isForbidden, isNotFound } from '../kube/errors/api-error.ts';
import { CONFIG_MAPS } from '../kube/objects/resource.ts';
import { readImportRecipient, type ImportRecipient } from '../sealing/seal-import.ts';
import { CliError } from './cli-error.ts';

export interface FetchOptions {
  readonly client: Pick<KubeClient, 'get'>;
  readonly operatorNamespace: string;
  readonly project: string;
  readonly now: Date;
}

export interface FetchedRecipient {
  readonly recipient: ImportRecipient;
  /** The KeyProject that reports it. */
  readonly project: KeyProjectSpec;
}

const CALL = { deadlineMs: 5_000 } as const;
const OR_FILE = 'or get import-key.asc from somebody you trust and name it with --import-key';

/**
 * The import key as the operator publishes it. The ConfigMap alone is not believed: the key must be the one that the
 * KeyProject reports, which only the operator may write.
 *
 * @throws {CliError} that says what to do.
 */
export async function fetchRecipient({
  client,
  operatorNamespace,
  project,
  now,
}: FetchOptions): Promise<FetchedRecipient> {
  const ref = { namespace: operatorNamespace, name: IMPORT_NAME };
  const what = `ConfigMap "${IMPORT_NAME}" in namespace "${operatorNamespace}"`;
  const absent = `there is no ${what}; name the operator's namespace with --operator-namespace, or start the operator`;
  const map = await client.get(CONFIG_MAPS, ref, CALL).catch((error: unknown) => fail(error, what, absent));
  const recipient = await readImportRecipient(map.data?.[IMPORT_DATA.publicKey] ?? '', now);
  if (recipient === undefined)
    throw unfetched(`${what} holds no import key; the operator puts that right when it runs`);

  const unknown = `KeyProject "${project}" does not exist; check --project`;
  const { spec, status } = await client
    .get(KEY_PROJECTS, { name: project }, CALL)
    .catch((error: unknown) => fail(error, `KeyProject "${project}"`, unknown));
  const reported = status?.importKey?.fingerprint;
  if (reported === undefined) {
    throw unfetched(`KeyProject "${project}" reports no import key yet; try again when the operator has looked at it`);
  }
  if (reported !== recipient.fingerprint || status?.installation !== recipient.installation) {
    throw unfetched(
      `the published key ${recipient.fingerprint} is not the one that KeyProject "${project}" reports, ${reported}. Nothing was sealed: whoever put it there may not be the operator. Right after a rotation try again; else tell whoever runs the operator`,
    );
  }
  return { recipient, project: spec };
}

/** What to do about a cluster that cannot be asked; undefined for faults of ours. */
export function clusterProblem(error: unknown): string | undefined {
  if (error instanceof KubeconfigError) return `${error.message}; name another file with --kubeconfig, ${OR_FILE}`;
  if (!(error instanceof ConnectionError)) return undefined;
  return error.code === 'credentials'
    ? `${error.message}; name a kubeconfig file with --kubeconfig, ${OR_FILE}`
    : `the API server cannot be reached (${error.code}); name another cluster with --kubeconfig or --context, ${OR_FILE}`;
}

function fail(error: unknown, what: string, absent: string): never {
  if (isNotFound(error)) throw unfetched(absent);
  if (isForbidden(error)) {
    throw unfetched(`this account may not read ${what}; ask for the roles keywright-seal of deploy/rbac, ${OR_FILE}`);
  }
  const problem =
    clusterProblem(error) ?? (error instanceof ApiError ? `the API server answers ${error.status}` : undefined);
  if (problem !== undefined) throw unfetched(problem);
  throw error;
}

function unfetched(problem: string): CliError {
  return new CliError('fetch the import key', [problem]);
}
