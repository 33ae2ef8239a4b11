import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HealthServer, type HealthServerOptions, type ListeningPorts } from '../../../src/server/health-server.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const clock = new FakeClock();
const running: HealthServer[] = [];
const problems: { live?: string; ready?: string } = {};

afterEach(async () => {
  delete problems.live;
  delete problems.ready;
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function serverWith(options: Partial<HealthServerOptions> = {}): HealthServer {
  const server = new HealthServer({
    liveness: [{ name: 'event-loop', check: () => problems.live }],
    readiness: [{ name: 'informers-synced', check: () => problems.ready }],
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('up 1\n') },
    healthPort: 0,
    metricsPort: 0,
    address: '127.0.0.1',
    clock,
    ...options,
  });
  running.push(server);
  return server;
}

async function started(options: Partial<HealthServerOptions> = {}): Promise<Required<ListeningPorts>> {
  const { health = 0, metrics = 0 } = await serverWith(options).start();
  return { health, metrics };
}

async function get(
  port: number,
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** Sends raw bytes and returns all that comes back until the server closes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

describe('HealthServer', () => {
  it.each(['/livez', '/readyz'])('answers %s with ok', async (path) => {
    const { health } = await started();
    expect(await get(health, path)).toMatchObject({ status: 200, body: 'ok' });
  });

  it.each([
    ['/livez?verbose', '[+]ping ok\n[+]event-loop ok\nlivez check passed\n'],
    ['/readyz?verbose=true', '[+]ping ok\n[+]informers-synced ok\nreadyz check passed\n'],
  ])('lists the checks of %s', async (path, body) => {
    const { health } = await started();
    expect(await get(health, path)).toMatchObject({ status: 200, body });
  });

  it('answers 500 with the list while a check fails, and 200 again afterwards', async () => {
    const { health } = await started();
    problems.ready = 'Secrets are not synced';
    const failing = await get(health, '/readyz');
    expect(failing.status).toBe(500);
    expect(failing.body).toContain('[-]informers-synced failed: Secrets are not synced\nreadyz check failed');
    expect((await get(health, '/livez')).status).toBe(200);
    delete problems.ready;
    expect((await get(health, '/readyz')).status).toBe(200);
  });

  it('serves metrics on a port of their own', async () => {
    const { health, metrics } = await started();
    const page = await get(metrics, '/metrics');
    expect(page).toMatchObject({ status: 200, body: 'up 1\n' });
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect((await get(health, '/metrics')).status).toBe(404);
    expect((await get(metrics, '/livez')).status).toBe(404);
  });

  it('serves everything on one port when both are the same', async () => {
    const { health: free } = await started();
    await running.pop()?.stop();
    const ports = await started({ healthPort: free, metricsPort: free });
    expect(ports).toEqual({ health: free, metrics: free });
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await get(free, path)).status, path).toBe(200);
  });

  it('listens on nothing that is turned off', async () => {
    expect(await serverWith({ healthPort: undefined, metricsPort: undefined }).start()).toEqual({});
  });

  it('answers 500 without the reason when metrics cannot be rendered', async () => {
    const render = (): Promise<string> => Promise.reject(new Error('hunter2'));
    const { metrics } = await started({ metrics: { contentType: 'text/plain', render } });
    expect(await get(metrics, '/metrics')).toMatchObject({ status: 500, body: 'Internal error\n' });
  });

  it.each(['/', '/livez/', '/LIVEZ', '/healthz', '/..%2flivez', '/metrics?x'])('answers 404 to %s', async (path) => {
    const { health } = await started();
    expect((await get(health, path)).status).toBe(404);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('answers 405 to %s', async (method) => {
    const { health } = await started();
    const page = await get(health, '/livez', { method });
    expect(page.status).toBe(405);
    expect(page.headers.get('allow')).toBe('GET, HEAD');
  });

  it('answers HEAD without a body', async () => {
    const { health } = await started();
    const page = await get(health, '/livez', { method: 'HEAD' });
    expect(page).toMatchObject({ status: 200, body: '' });
    expect(page.headers.get('content-length')).toBe('2');
  });

  it('refuses a request body and closes the connection', async () => {
    const { health } = await started();
    const answer = await exchange(health, 'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('refuses headers beyond 8 KiB', async () => {
    const { health } = await started();
    const answer = await exchange(health, `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(9_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('survives bytes that are not HTTP', async () => {
    const { health } = await started();
    expect(await exchange(health, '\x16\x03\x01\x02\x00garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get(health, '/livez')).status).toBe(200);
  });

  it('reports a port in use and leaves none open', async () => {
    const { metrics: taken } = await started();
    const server = serverWith({ metricsPort: taken });
    await expect(server.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await server.stop();
  });

  it('stop ends with idle connections open', async () => {
    const server = serverWith();
    const { health = 0 } = await server.start();
    const socket: Socket = connect(health, '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await server.stop();
    await closed;
    await expect(get(health, '/livez')).rejects.toThrow();
  });

  it('stop lets an answer under way end', async () => {
    const rendering = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const render = (): Promise<string> => {
      asked.resolve();
      return rendering.promise;
    };
    const server = serverWith({ metrics: { contentType: 'text/plain', render } });
    const { metrics = 0 } = await server.start();
    const page = get(metrics, '/metrics');
    await asked.promise;
    const stopped = server.stop();
    rendering.resolve('late 1\n');
    const { body, headers } = await page;
    expect(body).toBe('late 1\n');
    // A connection kept alive would hold up the stop.
    expect(headers.get('connection')).toBe('close');
    await stopped;
  });

  it('stop cuts an answer that does not end within a second', async () => {
    const asked = Promise.withResolvers<void>();
    const render = (): Promise<string> => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const server = serverWith({ metrics: { contentType: 'text/plain', render } });
    const { metrics = 0 } = await server.start();
    const page = get(metrics, '/metrics').catch(() => 'cut');
    await asked.promise;
    const stopped = server.stop();
    await clock.advance(1_000);
    await stopped;
    expect(await page).toBe('cut');
    expect(clock.sleeping).toBe(0);
  });
});
