import { callAs, type ApiConnection } from './api-request.ts';

/**
 * A token of a ServiceAccount, from the TokenRequest API.
 *
 * @param seconds For how long it is to be good; a cluster may grant less.
 */
export async function requestToken(
  admin: ApiConnection,
  namespace: string,
  name: string,
  seconds: number = 3_600,
): Promise<string> {
  const answer = await callAs(admin, {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: seconds } },
  });
  return (answer as { status: { token: string } }).status.token;
}
