import { Agent, fetch } from 'undici';
import { adminConnection } from '../../support/harness.ts';

/** What kubectl get prints: the columns of -o wide have a priority above 0. */
export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

/** The list at `path` as the API server lays it out for kubectl. */
export async function tableOf(path: string): Promise<Table> {
  const { server, ca, token } = await adminConnection();
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } });
  try {
    const response = await fetch(new URL(path, server), {
      dispatcher,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    return (await response.json()) as Table;
  } finally {
    await dispatcher.close();
  }
}
