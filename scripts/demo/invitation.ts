import type { OperatorProcess } from './operator-process.ts';
import { FOLDER, KEY, PLACES, type Place } from './quickstart.ts';

export interface InvitationOptions {
  readonly once: boolean;
  readonly kubeconfig: string;
  readonly operator: OperatorProcess;
  /** The cluster ends with the demo. */
  readonly isLocal: boolean;
}

/** Says that all went well, and what the person may do next. */
export function invitation({ once, kubeconfig, operator, isLocal }: InvitationOptions): readonly string[] {
  const farewell = isLocal ? [] : remains(kubeconfig);
  if (once) return ['', 'Everything was as it should be.', ...farewell];
  return [
    '',
    'Everything was as it should be. The operator goes on; try it from another terminal, in this folder:',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    ...aligned(SUGGESTIONS),
    '',
    `  operator's log   tail -f ${operator.logFile}`,
    `  its metrics      curl ${operator.metricsUrl}`,
    `  its health       curl ${new URL('/readyz', operator.metricsUrl).href}`,
    ...farewell,
    '',
    isLocal
      ? 'Ctrl-C ends the operator and the cluster, and removes every file of theirs.'
      : 'Ctrl-C ends the operator.',
  ];
}

const [STAGING, EUROPE, AMERICA] = PLACES;
const KEY_FLAGS = `-n ${KEY.namespace} ${KEY.name}`;

const SUGGESTIONS: readonly (readonly [command: string, effect: string])[] = [
  ['kubectl get apikeys -A', 'every key; -o wide says why one is not Ready'],
  [deletionOf(AMERICA), `comes back with its token, which ${EUROPE.namespace} holds too`],
  [deletionOf(STAGING), 'the only one of its environment: a new token, version 2'],
  ['kubectl get cryptokeys -A', 'and every crypto key'],
  ['kubectl apply -f examples/outputs', 'two Secrets in each namespace, with signing secrets'],
  [`kubectl edit apikey ${KEY_FLAGS}`, 'add suspended: true to its spec; its Secrets stay'],
  [`kubectl delete apikey ${KEY_FLAGS}`, 'takes its Secrets away'],
  [`kubectl apply -f ${FOLDER}/20-apikey.yaml`, 'within 24 h: the same tokens again'],
];

function deletionOf({ namespace, name }: Place): string {
  return `kubectl delete secret -n ${namespace} ${name}`;
}

function aligned(pairs: typeof SUGGESTIONS): readonly string[] {
  const width = Math.max(...pairs.map(([command]) => command.length));
  return pairs.map(([command, effect]) => `  ${command.padEnd(width)}   # ${effect}`);
}

/** Deleting keys needs an operator, which takes their Secrets away and its finalizers off. */
function remains(kubeconfig: string): readonly string[] {
  return [
    '',
    'What was applied stays in the cluster. To remove it, first while an operator runs (this demo, or npm start):',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    `  kubectl delete -f ${FOLDER}`,
    '',
    'then, without one:',
    '',
    '  kubectl delete -f deploy/rbac -f crds',
    '  kubectl delete namespace keywright-system',
  ];
}
