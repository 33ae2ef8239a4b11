import type { KubeClient } from '../../src/kube/client/client.ts';
import type { RequestObservation, Transport } from '../../src/kube/transport/exchange.ts';
import { createKubeClient } from '../../src/kube/client/http-client.ts';
import { createTransport, type TransportOptions } from '../../src/kube/transport/transport.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type Script, ScriptedServer, type ScriptedServerOptions } from './scripted-server.ts';
import { staticToken } from './static-token.ts';

/** A real client of a scripted server, and what its transport reported. */
export interface ScriptedSession extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly observations: RequestObservation[];
  /** Connections the client opened so far. */
  readonly opened: () => number;
}

export type ScriptedSessionOptions = Partial<TransportOptions> & ScriptedServerOptions;

/** Time is real here: sockets know no other. Retries wait a tenth of their upper bound. */
export async function scriptedSession(script: Script, options: ScriptedSessionOptions = {}): Promise<ScriptedSession> {
  const { serverCertificate, ...transportOptions } = options;
  const server = await ScriptedServer.start(script, serverCertificate === undefined ? {} : { serverCertificate });
  const observations: RequestObservation[] = [];
  let opened = 0;
  const transport = createTransport({
    server: server.url,
    credentials: staticToken('abc'),
    tls: {},
    clock: systemClock,
    onRequest: (observation) => observations.push(observation),
    onConnect: () => {
      opened += 1;
    },
    ...transportOptions,
  });
  return {
    server,
    transport,
    client: createKubeClient({ transport, clock: systemClock, random: () => 0.1 }),
    observations,
    opened: () => opened,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await transport.close();
    },
  };
}
