import { describe, expect, test } from 'vitest';
import { restoreInstallation } from '../../../src/installation/guard-installation.ts';
import type { InstallationChange } from '../../../src/installation/guard-installation.ts';
import { newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { SecretCopy } from '../../../src/installation/secret-copy.ts';
import type { KubeObject, Secret } from '../../../src/kube/objects/objects.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { countingBytes } from '../../support/sealing.ts';
import { alreadyExists, conflict, forbidden, notFound, scriptedClient } from './scripted-client.ts';
import type { Step } from './scripted-client.ts';

const made = newKeyringSecret('keywright', countingBytes());
const live: Secret = { ...made, metadata: { ...made.metadata, uid: 'u', resourceVersion: '7' } };
const edited: Secret = { ...live, data: { keks: 'AAAA' } };

const get = (answer: unknown): Step => ({ call: 'get keywright-keyring', answer });
const create = (answer: unknown): Step => ({ call: 'create keywright-keyring', answer });
const update = (answer: unknown): Step => ({ call: 'update keywright-keyring', answer });
const remove = (answer: unknown): Step => ({ call: 'delete keywright-keyring', answer });
const echo = (sent: KubeObject): KubeObject => sent;

function restore(steps: readonly Step[]) {
  const { client, rest } = scriptedClient(steps);
  const logger = new RecordingLogger();
  const changes: InstallationChange[] = [];
  const done = restoreInstallation({
    client,
    copies: [new SecretCopy(live)],
    onChange: (change) => changes.push(change),
    logger,
  });
  return { done, rest, changes, lines: logger.lines };
}

describe('restoreInstallation', () => {
  const rows: readonly { name: string; steps: readonly Step[]; change?: InstallationChange['change'] }[] = [
    { name: 'writes nothing while the Secret is intact', steps: [get(live)] },
    { name: 'posts a deleted Secret back', steps: [get(notFound), create(echo)], change: 'Deleted' },
    { name: 'puts an edited Secret right', steps: [get(edited), update(echo)], change: 'Edited' },
    {
      name: 'makes an immutable edited Secret anew',
      steps: [get({ ...edited, immutable: true }), remove(undefined), get(notFound), create(echo)],
      change: 'Replaced',
    },
    { name: 'leaves a Secret of another type alone', steps: [get({ ...edited, type: 'Opaque' })], change: 'Foreign' },
    { name: 'is content when somebody else was first', steps: [get(notFound), create(alreadyExists), get(live)] },
    {
      name: 'judges afresh after a conflict',
      steps: [get(edited), update(conflict), get(edited), update(echo)],
      change: 'Edited',
    },
    {
      name: 'posts the Secret back when it goes between read and write',
      steps: [get(edited), update(notFound), get(notFound), create(echo)],
      change: 'Deleted',
    },
    {
      name: 'leaves a removed Secret that a finalizer holds to the next call',
      steps: Array.from({ length: 5 }, () => [get({ ...edited, immutable: true }), remove(undefined)]).flat(),
    },
  ];
  test.each(rows)('$name', async ({ steps, change }) => {
    const { done, rest, changes } = restore(steps);
    await done;
    expect(rest()).toEqual([]);
    expect(changes).toEqual(
      change === undefined ? [] : [{ namespace: 'keywright', name: 'keywright-keyring', change }],
    );
  });

  test('posts the same bytes', async () => {
    let sent: unknown;
    const capture = (object: KubeObject): KubeObject => (sent = object);
    await restore([get(notFound), create(capture)]).done;
    expect(sent).toEqual(made);
  });

  test('puts with the resourceVersion it read', async () => {
    let sent: unknown;
    const capture = (object: KubeObject): KubeObject => (sent = object);
    await restore([get(edited), update(capture)]).done;
    expect(sent).toEqual(live);
  });

  test('deletes with the uid and resourceVersion it read', async () => {
    let sent: unknown;
    const steps = [
      get({ ...edited, immutable: true }),
      remove((preconditions: unknown) => (sent = preconditions)),
      get(notFound),
      create(echo),
    ];
    await restore(steps).done;
    expect(sent).toEqual({ uid: 'u', resourceVersion: '7' });
  });

  test('gives up after five conflicts', async () => {
    const steps = Array.from({ length: 5 }, () => [get(edited), update(conflict)]).flat();
    await expect(restore(steps).done).rejects.toThrow(conflict);
  });

  test('passes a refusal on without reporting a change', async () => {
    const { done, changes } = restore([get(notFound), create(forbidden)]);
    await expect(done).rejects.toThrow(forbidden);
    expect(changes).toEqual([]);
  });

  test('logs names only', async () => {
    const { done, lines } = restore([get(notFound), create(echo)]);
    await done;
    const fields = { namespace: 'keywright', name: 'keywright-keyring', change: 'Deleted' };
    expect(lines).toEqual([{ level: 'warn', message: 'Found a Secret of the installation changed', fields }]);
  });
});
