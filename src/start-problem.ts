import { ConnectionError } from './kube/errors/api-error.ts';
import { KubeconfigError } from './kube/config/kubeconfig-file.ts';

const UNUSABLE_ADDRESS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs rights this account does not have',
  EADDRNOTAVAIL: 'is on an address this machine does not have',
};

/**
 * What to change when the operator could not start for a reason that lies in how it was called; undefined for every
 * other error, whose text may quote what was being read.
 */
export function startProblem(error: unknown, { kubeconfig }: { readonly kubeconfig?: string }): string | undefined {
  if (error instanceof KubeconfigError) return `--kubeconfig: ${kubeconfig ?? ''}: ${error.message}`;
  if (error instanceof ConnectionError && error.code === 'credentials' && kubeconfig !== undefined) {
    return `--kubeconfig: ${error.message}; name a kubeconfig file with --kubeconfig or in KUBECONFIG`;
  }
  if (!(error instanceof Error) || !('code' in error) || !('port' in error)) return undefined;
  const what = UNUSABLE_ADDRESS[String(error.code)];
  return what === undefined
    ? undefined
    : `--health-port, --metrics-port: port ${String(error.port)} ${what}; choose another, or 0 for off`;
}
