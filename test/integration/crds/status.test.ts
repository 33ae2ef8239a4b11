import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNamespace, uniqueName } from '../../support/harness.ts';
import { applied, read, removed, stored, withStatus } from './api-server.ts';
import { fullApiKeyStatus, fullCryptoKeyStatus, fullKeyProjectStatus } from './full-status.ts';
import { apiKey, cryptoKey, keyProject, type Declared } from './objects.ts';

const MIB = 1024 * 1024;
const INITIAL_CONDITION = {
  type: 'Ready',
  status: 'Unknown',
  reason: 'Pending',
  message: 'Waiting for controller',
  lastTransitionTime: '1970-01-01T00:00:00Z',
};
const INITIAL_STATUS = { observedGeneration: -1, conditions: [INITIAL_CONDITION] };

let namespace: string;
const projects: Declared[] = [];

beforeAll(async () => {
  namespace = await createNamespace();
});

afterAll(async () => {
  await Promise.all(projects.map(removed));
});

describe.each([
  { kind: 'KeyProject', fresh: freshProject, full: fullKeyProjectStatus, maxBytes: MIB / 2 },
  { kind: 'ApiKey', fresh: freshApiKey, full: fullApiKeyStatus, maxBytes: MIB / 2 },
  // Of the 1.5 MiB that etcd takes. Imports, 160 KiB together, are twice as long once they are sealed and armoured.
  { kind: 'CryptoKey', fresh: freshCryptoKey, full: fullCryptoKeyStatus, maxBytes: MIB },
])('$kind status', ({ fresh, full, maxBytes }) => {
  test('waits for the controller from the create on', async () => {
    const object = fresh();
    await stored(object);
    expect((await read(object)).status).toEqual(INITIAL_STATUS);
  });

  test('waits for the controller from the first server-side apply on', async () => {
    const object = fresh();
    await applied(object);
    expect((await read(object)).status).toEqual(INITIAL_STATUS);
  });

  test('cannot be set by the author of the object', async () => {
    const ready = { ...INITIAL_CONDITION, status: 'True' };
    const object = { ...fresh(), status: { observedGeneration: 1, conditions: [ready] } };
    expect((await stored(object)).status).toEqual(INITIAL_STATUS);
  });

  test('waits for the controller again when somebody empties it', async () => {
    const object = await stored(fresh());
    expect((await withStatus(object, {})).status).toEqual(INITIAL_STATUS);
  });

  test('waits for the controller in each of its two fields that somebody takes away', async () => {
    const object = await stored(fresh());
    const withoutConditions = await withStatus(object, { observedGeneration: 1 });
    expect(withoutConditions.status).toEqual({ ...INITIAL_STATUS, observedGeneration: 1 });
    const conditions = [{ ...INITIAL_CONDITION, status: 'True', reason: 'Delivered' }];
    const withoutGeneration = await withStatus(withoutConditions, { conditions });
    expect(withoutGeneration.status).toEqual({ observedGeneration: -1, conditions });
  });

  test('is stored whole at all its limits at once', async () => {
    const object = await stored(fresh());
    expect((await withStatus(object, full)).status).toEqual(full);
    expect(JSON.stringify(full).length).toBeLessThan(maxBytes);
  });
});

function freshProject(): Declared {
  const project = keyProject({}, uniqueName('status'));
  projects.push(project);
  return project;
}

function freshApiKey(): Declared {
  return apiKey({}, uniqueName('status'), namespace);
}

function freshCryptoKey(): Declared {
  return cryptoKey({}, uniqueName('status'), namespace);
}
