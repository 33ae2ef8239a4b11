import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moduleHash } from '../../support/go/module-hash.ts';

async function hashOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-module-'));
  try {
    await mkdir(join(folder, 'tool'));
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    return await moduleHash(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const MODULE = { 'go.mod': 'module tools', 'go.sum': 'sums', 'tool/main.go': 'package main' };

test('moduleHash is 12 digits, the same wherever the module lies', async () => {
  expect(await hashOf(MODULE)).toMatch(/^[0-9a-f]{12}$/);
  expect(await hashOf(MODULE)).toBe(await hashOf(MODULE));
});

test.each(Object.keys(MODULE))('moduleHash is another one when %s changes', async (path) => {
  expect(await hashOf({ ...MODULE, [path]: 'changed' })).not.toBe(await hashOf(MODULE));
});

test('moduleHash heeds no other file', async () => {
  expect(await hashOf({ ...MODULE, 'tool/README.md': 'more' })).toBe(await hashOf(MODULE));
});
