import { bearerHeader, staticCredentials, type Credentials } from '../../src/kube/transport/credentials.ts';

/** A bearer token that never changes, as tests and benchmarks request them from a cluster of their own. */
export function staticToken(token: string): Credentials {
  return staticCredentials({ headers: bearerHeader(token) });
}
