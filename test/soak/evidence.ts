import type { ClusterState } from './settled/cluster-state.ts';

const MOST_KEYS = 3;
const LAST_LINES = 15;
const KEY = /\b(?:ApiKey|CryptoKey)\/[a-z0-9-]+\/[a-z0-9-]+/;

/** For the first keys that violations name: spec, conditions and ledger as they stand, and what was logged of them last. */
export function evidenceFor(
  violations: readonly string[],
  { keys, ledgers }: ClusterState,
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
      ...logLines.filter(isAbout).slice(-LAST_LINES),
    ].join('\n');
  });
}
