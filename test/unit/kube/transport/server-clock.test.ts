import { beforeEach, expect, test } from 'vitest';
import { ServerClock } from '../../../../src/kube/transport/server-clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const START = new Date('2027-01-01T00:00:00.400Z');
const HOUR_MS = 3_600_000;

let local: FakeClock;
let clock: ServerClock;
/** What the server's clock says. */
let server: FakeClock;

beforeEach(() => {
  local = new FakeClock(START);
  server = new FakeClock(START);
  clock = new ServerClock(local);
});

async function pass(ms: number): Promise<void> {
  await local.advance(ms);
  await server.advance(ms);
}

/** An answer that took 40 ms to come and was begun when 10 ms of them were over. */
async function hear(): Promise<void> {
  const sentMs = local.monotonicMs();
  await pass(10);
  const date = new Date(Math.floor(server.now().getTime() / 1_000) * 1_000);
  await pass(30);
  clock.observe({ date, sentMs, receivedMs: local.monotonicMs() });
}

const aheadMs = (): number => clock.now().getTime() - server.now().getTime();
const jump = (of: FakeClock, ms: number): void => of.setWallClock(new Date(of.now().getTime() + ms));

test('ServerClock is the local clock until the server said something', () => {
  jump(local, HOUR_MS);
  expect(clock.now()).toEqual(local.now());
});

test('ServerClock keeps the milliseconds of a local clock that agrees with the server', async () => {
  for (let answers = 0; answers < 20; answers += 1) {
    await pass(137);
    await hear();
    expect(aheadMs()).toBe(0);
  }
});

test.each([
  { name: 'ahead', ms: HOUR_MS },
  { name: 'behind', ms: -HOUR_MS },
])('ServerClock tells the time of the server when the local clock starts an hour $name', async ({ ms }) => {
  jump(local, ms);
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});

test.each([
  { name: 'forward', ms: HOUR_MS },
  { name: 'back', ms: -HOUR_MS },
])('ServerClock heeds no jump of the local clock $name, with and without an answer after it', async ({ ms }) => {
  await hear();
  jump(local, ms);
  expect(aheadMs()).toBe(0);
  await pass(5_000);
  expect(aheadMs()).toBe(0);
  await hear();
  expect(aheadMs()).toBe(0);
});

test.each([
  { name: 'put forward', ms: HOUR_MS },
  { name: 'put back', ms: -HOUR_MS },
])('ServerClock follows a server whose clock is $name, and is never ahead of it then', async ({ ms }) => {
  await hear();
  jump(server, ms);
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});

test('ServerClock catches up after a pause in which the monotonic clock stood still', async () => {
  await hear();
  await server.advance(HOUR_MS);
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});
