import type { OperatorProcess } from './operator-process.ts';
import { FOLDER, KEY, PLACES } from './quickstart.ts';

export interface InvitationOptions {
  readonly once: boolean;
  readonly kubeconfig: string;
  readonly operator: OperatorProcess;
  /** The cluster ends with the demo. */
  readonly isLocal: boolean;
}

/** What the person may do next. */
export function invitation({ once, kubeconfig, operator, isLocal }: InvitationOptions): readonly string[] {
  const farewell = isLocal ? [] : remains(kubeconfig);
  if (once) return ['', 'Everything was as it should be.', ...farewell];
  const [, , place] = PLACES;
  const key = `--namespace ${KEY.namespace} ${KEY.name}`;
  return [
    '',
    'Everything was as it should be. The operator goes on; try it from another terminal, in this folder:',
    '',
    `  export KUBECONFIG=${kubeconfig}`,
    '  kubectl get keywright --all-namespaces -o wide',
    `  kubectl delete secret --namespace ${place.namespace} ${place.name}        # comes back at once`,
    '  kubectl apply -f examples/outputs',
    `  kubectl patch apikey ${key} --type merge --patch '{"spec":{"suspended":true}}'`,
    `  kubectl delete apikey ${key}     # takes its Secrets away`,
    `  kubectl apply -f ${FOLDER}                    # within 24 h: the same tokens again`,
    '',
    `  operator's log   tail -f ${operator.logFile}`,
    `  its metrics      curl ${operator.metricsUrl}`,
    ...farewell,
    '',
    isLocal
      ? 'Ctrl-C ends the operator and the cluster, and removes every file of theirs.'
      : 'Ctrl-C ends the operator.',
  ];
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
