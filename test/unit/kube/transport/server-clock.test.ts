import { beforeEach, expect, test } from 'vitest';
import { ServerClock } from '../../../../src/kube/transport/server-clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const START = new Date('2027-01-01T00:00:00.400Z');
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

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

const changes = [
  { name: 'put forward by an hour', ms: HOUR_MS },
  { name: 'put back by an hour', ms: -HOUR_MS },
];

test.each(changes)('ServerClock follows a server whose clock is $name with the second answer', async ({ ms }) => {
  await hear();
  jump(server, ms);
  await hear();
  expect(aheadMs()).toBe(-ms);
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});

test.each([
  { name: 'forward', ms: MINUTE_MS },
  { name: 'back', ms: -MINUTE_MS },
])('ServerClock follows a server whose clock is put $name by a minute with the first answer', async ({ ms }) => {
  await hear();
  jump(server, ms);
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});

test.each(changes)('ServerClock heeds no single answers as if the clock were $name', async ({ ms }) => {
  await hear();
  for (let faults = 0; faults < 3; faults += 1) {
    jump(server, ms);
    await hear();
    jump(server, -ms);
    expect(aheadMs()).toBe(0);
    await hear();
    expect(aheadMs()).toBe(0);
  }
});

test('ServerClock heeds no answers of one moment, however many agree', async () => {
  await hear();
  await pass(5_000);
  const sentMs = local.monotonicMs();
  for (let answers = 0; answers < 3; answers += 1) {
    await pass(10);
    clock.observe({ date: new Date(server.now().getTime() + HOUR_MS), sentMs, receivedMs: local.monotonicMs() });
  }
  expect(aheadMs()).toBe(0);
});

test('ServerClock heeds no answer that is repeated, whose time stands still', async () => {
  await hear();
  const date = new Date(START.getTime() - HOUR_MS);
  for (let answers = 0; answers < 3; answers += 1) {
    await pass(5_000);
    clock.observe({ date, sentMs: local.monotonicMs() - 40, receivedMs: local.monotonicMs() });
  }
  expect(aheadMs()).toBe(0);
});

test('ServerClock follows a changed clock while answers never cease to come', async () => {
  await hear();
  jump(server, HOUR_MS);
  for (let answers = 0; answers < 6; answers += 1) {
    await pass(10);
    const date = new Date(Math.floor(server.now().getTime() / 1_000) * 1_000);
    clock.observe({ date, sentMs: local.monotonicMs() - 35, receivedMs: local.monotonicMs() });
  }
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});

test('ServerClock catches up after a pause in which the monotonic clock stood still', async () => {
  await hear();
  await server.advance(HOUR_MS);
  await hear();
  await hear();
  expect(aheadMs()).toBeLessThanOrEqual(0);
  expect(aheadMs()).toBeGreaterThan(-1_040);
});
