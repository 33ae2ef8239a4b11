import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneBinaries } from '../../support/go/prune-binaries.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const DAY_MS = 86_400_000;

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'keywright-prune-'));
});
afterEach(() => rm(cache, { recursive: true }));

async function fill(usedDaysAgo: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, days] of Object.entries(usedDaysAgo)) {
    await writeFile(join(cache, name), '');
    const used = new Date(NOW.getTime() - days * DAY_MS);
    await utimes(join(cache, name), used, used);
  }
}

async function pruned(used: string): Promise<readonly string[]> {
  await pruneBinaries(cache, join(cache, used), NOW);
  return (await readdir(cache)).toSorted();
}

test('pruneBinaries keeps of one program the two used last, and those used within a day', async () => {
  await fill({
    'helm-v4.3.1-linux-x64': 9,
    'helm-v4.3.0-linux-x64': 0.5,
    'helm-v4.2.0-linux-x64': 0.9,
    'helm-v4.1.0-linux-x64': 2,
    'helm-v4.0.0-linux-x64': 3,
  });
  expect(await pruned('helm-v4.3.1-linux-x64')).toEqual([
    'helm-v4.2.0-linux-x64',
    'helm-v4.3.0-linux-x64',
    'helm-v4.3.1-linux-x64',
  ]);
});

test('pruneBinaries tells programs of ours apart by the hash of their sources', async () => {
  await fill({
    'control-plane-v1.36.3-linux-x64-00ed9d8a6602': 9,
    'control-plane-v1.36.3-linux-x64-11ed9d8a6602': 2,
    'control-plane-v1.35.0-linux-x64-22ed9d8a6602': 3,
  });
  expect(await pruned('control-plane-v1.36.3-linux-x64-00ed9d8a6602')).toEqual([
    'control-plane-v1.36.3-linux-x64-00ed9d8a6602',
    'control-plane-v1.36.3-linux-x64-11ed9d8a6602',
  ]);
});

test('pruneBinaries knows a program by its name where only the hash of its sources tells it apart', async () => {
  await fill({
    'argo-cd-linux-x64-00ed9d8a6602': 9,
    'argo-cd-linux-x64-11ed9d8a6602': 2,
    'argo-cd-linux-x64-22ed9d8a6602': 3,
    'kstatus-linux-x64-33ed9d8a6602': 9,
  });
  expect(await pruned('argo-cd-linux-x64-00ed9d8a6602')).toEqual([
    'argo-cd-linux-x64-00ed9d8a6602',
    'argo-cd-linux-x64-11ed9d8a6602',
    'kstatus-linux-x64-33ed9d8a6602',
  ]);
});

test('pruneBinaries leaves other programs, locks and unfinished builds alone', async () => {
  const others = {
    'helm-unittest-v1.1.0-linux-x64': 9,
    'helm-unittest-v1.1.1-linux-x64': 9,
    'helm-unittest-v1.1.2-linux-x64': 9,
    'helm-v4.0.0-linux-x64.lock': 9,
    'helm-v4.0.0-linux-x64.tmp': 9,
    'helm-v4.1.0-linux-x64.tmp': 9,
  };
  await fill({ ...others, 'helm-v4.3.1-linux-x64': 9 });
  expect(await pruned('helm-v4.3.1-linux-x64')).toEqual([...Object.keys(others), 'helm-v4.3.1-linux-x64'].toSorted());
});
