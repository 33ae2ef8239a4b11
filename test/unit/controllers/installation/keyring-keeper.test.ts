import assert from 'node:assert/strict';
import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyKeeper } from '../../../../src/controllers/installation/key-keeper.ts';
import { createKeyringKeeper } from '../../../../src/controllers/installation/keyring-keeper.ts';
import { InstallationHolder, type KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { withNewKey } from '../../../../src/installation/key-orders.ts';
import { decodeKeyringSecret, KEKS, newKeyringSecret } from '../../../../src/installation/keyring-secret.ts';
import { readStoredKeys } from '../../../../src/installation/stored-keys.ts';
import type { ReadyInstallation } from '../../../../src/installation/open-installation.ts';
import { SecretCopy } from '../../../../src/installation/secret-copy.ts';
import { ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { MacKeys } from '../../../../src/sealing/mac.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { countingBytes, keyBytes } from '../../../support/sealing.ts';

const { signal } = new AbortController();
const randomBytes = countingBytes();

let clock: FakeClock;
let live: Secret;
let records: readonly Secret[];
let events: string[];
let notes: string[];
let staleCalls: number;
let answerIsLost: boolean;
let writes: number;
let installation: InstallationHolder;
let keeper: KeyKeeper;

beforeEach(() => {
  clock = new FakeClock();
  [events, notes] = [[], []];
  records = [];
  [staleCalls, writes, answerIsLost] = [0, 0, false];
  live = withVersion(newKeyringSecret('keywright', randomBytes), 1);
  installation = opened(live);
  keeper = createKeyringKeeper(ports(), () => (staleCalls += 1));
});

function withVersion(secret: Secret, version: number): Secret {
  return { ...secret, metadata: { ...secret.metadata, resourceVersion: String(version) } };
}

function opened(secret: Secret): InstallationHolder {
  const decoded = decodeKeyringSecret(secret, randomBytes);
  assert(decoded.state === 'valid');
  const macKeys = new MacKeys([{ id: 'mac-1', bytes: keyBytes(0), state: 'Signing' }]);
  const holder = new InstallationHolder(randomBytes);
  const copies = [new SecretCopy(secret)];
  holder.set({
    kind: 'Ready',
    installation: { id: 'x', macKeys },
    kek: decoded.kek,
    copies,
  } as unknown as ReadyInstallation);
  return holder;
}

function ports(): KeyPorts {
  return {
    client: {
      get: async () => live,
      list: async () => ({ items: records, resourceVersion: '1' }),
      update: async (_resource: unknown, sent: Secret) => {
        writes += 1;
        live = withVersion(sent, Number(sent.metadata.resourceVersion) + 1);
        if (answerIsLost) throw new ConnectionError('timeout', 'no answer');
        return live;
      },
    },
    clock,
    randomBytes,
    installation,
    operatorNamespace: 'keywright',
    events: {
      record: (_object: unknown, { reason, note }: { reason: string; note: string }) => {
        events.push(reason);
        notes.push(note);
      },
    },
    logger: new RecordingLogger(),
  } as unknown as KeyPorts;
}

function annotate(annotations: Readonly<Record<string, string>>): void {
  live = { ...live, metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...annotations } } };
}

function kekIds(): readonly string[] {
  const keks = readStoredKeys(KEKS, live);
  assert(typeof keks !== 'string');
  return keks.map(({ id }) => id);
}

function wrappingKekId(): string {
  assert(installation.state?.kind === 'Ready');
  return installation.state.kek.wrappingKekId;
}

const sealedBy = (kekId: string): Secret => ({
  metadata: { namespace: 'keywright', name: 'kw-apikey-1' },
  data: { sealed: Buffer.from(JSON.stringify({ dek: { provider: 'keyring', kekId } })).toString('base64') },
});

describe('KeyKeeper of the keyring', () => {
  test('does nothing without an order', async () => {
    expect(await keeper.carryOut(signal)).toBeUndefined();
    expect([writes, events]).toEqual([0, []]);
  });

  test('rotates once for one text', async () => {
    const [former] = kekIds();
    annotate({ 'keywright.dev/rotate': 'a' });
    expect(await keeper.carryOut(signal)).toBe(0);
    expect(await keeper.carryOut(signal)).toBeUndefined();
    expect(kekIds()).toEqual([wrappingKekId(), former]);
    expect([writes, staleCalls, events]).toEqual([1, 1, ['KEKRotated']]);
  });

  test('keeps its hands off a keyring that memory does not hold', async () => {
    const edited = withNewKey(KEKS, live, 'b', randomBytes);
    assert(edited !== undefined);
    live = edited;
    annotate({ 'keywright.dev/rotate': 'a' });
    expect(await keeper.carryOut(signal)).toBeUndefined();
    expect(writes).toBe(0);
  });

  test('takes a rotation over whose answer was lost', async () => {
    annotate({ 'keywright.dev/rotate': 'a' });
    answerIsLost = true;
    await expect(keeper.carryOut(signal)).rejects.toThrow(ConnectionError);
    const [written] = kekIds();
    expect(wrappingKekId()).not.toBe(written);
    await keeper.adoptUnanswered(signal);
    expect(wrappingKekId()).toBe(written);
    expect(staleCalls).toBe(1);
    expect(await keeper.carryOut(signal)).toBeUndefined();
    expect(writes).toBe(1);
  });

  describe('told to drop a KEK', () => {
    let former: string;
    beforeEach(async () => {
      former = kekIds()[0] ?? '';
      annotate({ 'keywright.dev/rotate': 'a', 'keywright.dev/drop-kek': former });
      await keeper.carryOut(signal);
      events.length = 0;
    });

    test('waits while a record needs it', async () => {
      records = [sealedBy(wrappingKekId()), sealedBy(former)];
      expect(await keeper.carryOut(signal)).toBe(60_000);
      expect([writes, staleCalls, events]).toEqual([1, 2, ['KEKInUse']]);
      expect(notes.at(-1)).toContain(`The KEK ${former} is still needed by record keywright/kw-apikey-1`);
    });

    test('waits for a record that cannot be read', async () => {
      records = [{ metadata: { name: 'kw-apikey-1' }, data: { sealed: 'AAAA' } }];
      expect(await keeper.carryOut(signal)).toBe(60_000);
    });

    test('drops it when two looks, 150 s apart, find it unused', async () => {
      records = [sealedBy(wrappingKekId())];
      expect(await keeper.carryOut(signal)).toBe(150_000);
      clock.stall(149_000);
      expect(await keeper.carryOut(signal)).toBe(1_000);
      clock.stall(1_000);
      expect(await keeper.carryOut(signal)).toBeUndefined();
      expect(kekIds()).toEqual([wrappingKekId()]);
      expect(events).toEqual(['KEKDropped']);
      expect(await keeper.carryOut(signal)).toBeUndefined();
      expect(writes).toBe(2);
    });

    test('begins to wait anew when a record turns up meanwhile', async () => {
      await keeper.carryOut(signal);
      clock.stall(100_000);
      records = [sealedBy(former)];
      await keeper.carryOut(signal);
      records = [];
      clock.stall(100_000);
      expect(await keeper.carryOut(signal)).toBe(150_000);
    });
  });

  test('refuses to drop the KEK that wraps, or one that is not there', async () => {
    annotate({ 'keywright.dev/drop-kek': wrappingKekId() });
    expect(await keeper.carryOut(signal)).toBeUndefined();
    annotate({ 'keywright.dev/drop-kek': 'kek-0' });
    expect(await keeper.carryOut(signal)).toBeUndefined();
    expect([writes, events]).toEqual([0, ['KEKNotDropped', 'KEKNotDropped']]);
  });
});
