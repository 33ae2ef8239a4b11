import { OWNER_ANNOTATION } from '../../src/api/labels.ts';
import type { ObjectMeta } from '../../src/kube/objects/objects.ts';
import type { ClusterState } from './settled/cluster-state.ts';

const MOST_KEYS = 3;
const LAST_LINES = 15;
const KEY = /\b(?:ApiKey|CryptoKey)\/[a-z0-9-]+\/[a-z0-9-]+/;

/** For the first keys that violations name: spec, conditions, ledger and Secrets without their data, and what was logged of them last. */
export function evidenceFor(
  violations: readonly string[],
  { keys, ledgers, secrets }: ClusterState,
  logLines: readonly string[],
): readonly string[] {
  const owners = [...new Set(violations.flatMap((violation) => KEY.exec(violation)?.[0] ?? []))];
  return owners.slice(0, MOST_KEYS).map((owner) => {
    const { metadata, spec, status } = keys.get(owner) ?? {};
    const [kind = '', namespace = '', name = ''] = owner.split('/');
    const isAbout = (line: string): boolean =>
      line.includes(`"${owner}"`) ||
      [`"kind":"${kind}"`, `"namespace":"${namespace}"`, `"name":"${name}"`].every((part) => line.includes(part));
    return [
      `EVIDENCE ${owner}`,
      `deletionTimestamp: ${metadata?.deletionTimestamp ?? 'none'}`,
      `spec: ${JSON.stringify(spec)}`,
      `conditions: ${JSON.stringify(status?.conditions)}`,
      `environments: ${JSON.stringify(status?.environments)}`,
      `ledger: ${JSON.stringify(ledgers.get(owner))}`,
      ...secrets
        .filter(({ metadata }) => metadata.annotations?.[OWNER_ANNOTATION] === owner)
        .map(
          ({ metadata: { managedFields: _, ...shown } }: { metadata: ObjectMeta & { managedFields?: unknown } }) =>
            `Secret: ${JSON.stringify(shown)}`,
        ),
      ...inOrder(logLines.filter(isAbout)).slice(-LAST_LINES),
    ].join('\n');
  });
}

/** Each process has its own lines; told by their times, they are one story. */
function inOrder(lines: readonly string[]): readonly string[] {
  const timeOf = (line: string): string => /"time":"([^"]+)"/.exec(line)?.[1] ?? '';
  return lines.toSorted((one, other) => timeOf(one).localeCompare(timeOf(other)));
}
