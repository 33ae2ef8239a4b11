import type { KeyObject } from '../../api/key-object.ts';
import type { KeyProject } from '../../api/generated/key-project.ts';
import { KEY_PROJECTS } from '../../api/resources.ts';
import { KEY_KINDS, type KeyKind, type Ledger } from '../../sealing/ledger.ts';
import { knownNamespaces } from '../caches/namespaces.ts';
import { isKindTerminating } from '../shared/kind-is-terminating.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { mapEnvironments } from '../planning/targets.ts';
import type { KeyCount, KeyProjectFacts } from './facts.ts';

/** Reads everything planning one KeyProject needs, from the caches alone unless it is being deleted. */
export async function gatherKeyProject(
  ports: KeyPorts,
  project: KeyProject,
  sinceReportMs: number | undefined,
  signal: AbortSignal,
): Promise<KeyProjectFacts> {
  const { caches, installation, importKeys, clock } = ports;
  const { name, deletionTimestamp } = project.metadata;
  const isDeleting = deletionTimestamp !== undefined;
  return {
    now: clock.now(),
    project,
    health: installation.state?.kind ?? 'InstallationMissing',
    installation: installation.macContext?.installation,
    importKey: importKeys.keys?.fingerprint,
    environments: mapEnvironments(project.spec.environments, knownNamespaces(ports), ports.operatorNamespace),
    isNamespaced: ports.isNamespaced,
    keys: KEY_KINDS.flatMap((kind) => countKeys(kind, caches.keys[kind].lister.byIndex('project', name))),
    ...(isDeleting ? countActiveRecords(ports, name) : { activeRecords: 0, orphans: 0 }),
    kindIsTerminating: isDeleting && (await isKindTerminating(ports, KEY_PROJECTS, signal)),
    sinceReportMs,
  };
}

function countActiveRecords(
  { caches, installation }: KeyPorts,
  project: string,
): Pick<KeyProjectFacts, 'activeRecords' | 'orphans'> {
  const records = caches.records.lister
    .byIndex('project', project)
    .flatMap(({ secret }) => (secret === undefined ? [] : [installation.readRecord(secret)]));
  const ledgers = records.flatMap((record) => (record?.state === 'valid' ? [record.ledger] : []));
  const active = ledgers.filter(({ phase }) => phase === 'Active');
  const isDeclared = ({ kind, namespace, name }: Ledger): boolean =>
    caches.keys[kind].lister.get(`${namespace}/${name}`)?.spec.project === project;
  return {
    // A record that cannot be believed may be a live key: it holds the project.
    activeRecords: records.length - ledgers.length + active.length,
    orphans: active.filter((ledger) => !isDeclared(ledger)).length,
  };
}

function countKeys(kind: KeyKind, keys: readonly KeyObject[]): readonly KeyCount[] {
  const counts = new Map<string, number>();
  for (const { status } of keys) {
    const state = status?.state ?? 'Pending';
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([state, count]) => ({ kind, state, count }));
}
