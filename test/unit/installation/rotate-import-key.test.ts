import { describe, expect, test } from 'vitest';
import {
  decodeImportSecret,
  firstImport,
  importSecret,
  MAX_IMPORT_KEYS,
  newImportKey,
  withImportKey,
  type StoredImport,
} from '../../../src/installation/import-secret.ts';
import { readyImportKeys, type ReadyImportKeys } from '../../../src/installation/open-import-keys.ts';
import { rotateImportKey } from '../../../src/installation/rotate-import-key.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { ImportKeys } from '../../../src/sealing/import-keys.ts';
import { openImportMessage } from '../../../src/sealing/import-message.ts';
import { sealImportMessage } from '../../../src/sealing/seal-import.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IMPORT_INSTALLATION, IMPORT_MADE_AT, IMPORT_PLACE, recipientOf } from '../../support/import-keys.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { scriptedClient } from './scripted-client.ts';

const NAME = 'keywright-import';

/** An installation whose import key was rotated until it has this many, the first order being there from the start. */
async function withKeys(count: number): Promise<StoredImport> {
  let stored = firstImport(IMPORT_INSTALLATION, await newImportKey(IMPORT_INSTALLATION, IMPORT_MADE_AT), '1');
  for (let number = 2; number <= count; number += 1) {
    stored = withImportKey(stored, await newImportKey(IMPORT_INSTALLATION, IMPORT_MADE_AT), `${number}`);
  }
  return stored;
}

function ordered(stored: StoredImport, order: string): Secret {
  const secret = importSecret('keywright-system', stored);
  return { ...secret, metadata: { ...secret.metadata, annotations: { 'keywright.dev/rotate': order } } };
}

/** Rotates once, and gives what was written and logged. */
async function rotate(stored: StoredImport, live: Secret) {
  const before = readyImportKeys(stored, live);
  const written: Secret[] = [];
  const put = (sent: Secret): Secret => {
    written.push(sent);
    return sent;
  };
  const { client } = scriptedClient([
    { call: `get ${NAME}`, answer: live },
    { call: `update ${NAME}`, answer: put },
  ]);
  const logger = new RecordingLogger();
  const after: ReadyImportKeys = await rotateImportKey(before, {
    client,
    clock: new FakeClock(IMPORT_MADE_AT),
    logger,
  });
  return { before, after, written, lines: logger.lines };
}

describe('rotateImportKey', () => {
  test('makes the last key there is room for, and opens with the first what was sealed to it', async () => {
    const stored = await withKeys(MAX_IMPORT_KEYS - 1);
    const first = stored.keys.slice(-1).map((key) => ({ ...key, state: 'Active' as const }));
    const recipient = await recipientOf(new ImportKeys(first));
    const notAfter = new Date(IMPORT_MADE_AT.getTime() + 3_600_000);
    const sealed = await sealImportMessage(recipient, IMPORT_PLACE, Buffer.from('key'), {
      now: IMPORT_MADE_AT,
      notAfter,
    });
    const { before, after, written } = await rotate(stored, ordered(stored, 'last'));
    expect(after.keys.fingerprint).not.toBe(before.keys.fingerprint);
    const decoded = written.map((secret) => decodeImportSecret(secret, IMPORT_INSTALLATION));
    expect(decoded).toMatchObject([{ state: 'valid', stored: { keys: { length: MAX_IMPORT_KEYS } } }]);
    const place = { installation: IMPORT_INSTALLATION, ...IMPORT_PLACE };
    expect(await openImportMessage(after.keys, sealed, place, IMPORT_MADE_AT)).toMatchObject({ kind: 'Opened' });
  });

  test('makes no key beyond 64, writes nothing, and says what to do', async () => {
    const stored = await withKeys(MAX_IMPORT_KEYS);
    const { before, after, written, lines } = await rotate(stored, ordered(stored, 'one more'));
    expect(after).toBe(before);
    expect(written).toEqual([]);
    expect(lines).toMatchObject([{ level: 'error', message: expect.stringContaining('stop the operator') as unknown }]);
  });

  test('does nothing about an order that was carried out before', async () => {
    const stored = await withKeys(2);
    const { before, after, written } = await rotate(stored, ordered(stored, '1'));
    expect(after).toBe(before);
    expect(written).toEqual([]);
  });
});
