import { join } from 'node:path';

/**
 * The path with a leading "~/" resolved, which shells leave alone in --kubeconfig=~/.kube/config.
 *
 * @param home Of the account; empty or absent leaves the path as it is.
 */
export function homePath(path: string, home: string | undefined): string {
  return home && path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
