import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ApiConnection } from '../test/support/cluster/api-request.ts';

/** One request as the operator sent it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly accept: string;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly status: number;
}

export interface RecordingProxy extends AsyncDisposable {
  /** http://127.0.0.1:port; hands every request on to the API server, watches included. */
  readonly server: string;
  /** In the order of their answers. Watches are not among them. */
  readonly requests: readonly RecordedRequest[];
}

/** Stands between an operator and the API server and keeps what is asked. Not for measuring: it takes time itself. */
export async function startRecordingProxy({ server, ca }: ApiConnection): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const proxy = createServer((incoming, outgoing) => {
    void bodyOf(incoming).then((body) => {
      const { method = 'GET', url = '/', headers } = incoming;
      const upstream = request(new URL(url, server), {
        method,
        agent,
        ca,
        headers: { ...headers, host: new URL(server).host },
      });
      upstream.on('error', () => outgoing.destroy());
      outgoing.on('close', () => upstream.destroy());
      upstream.on('response', (answer) => {
        const status = answer.statusCode ?? 0;
        const contentType = headers['content-type'];
        if (!url.includes('watch='))
          requests.push({ method, path: url, accept: headers.accept ?? '', contentType, body, status });
        forward(answer, outgoing);
      });
      upstream.end(body);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    server: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      agent.destroy();
      await new Promise<void>((resolve) => void proxy.close(() => resolve()));
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function forward(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(outgoing);
}
