import { describe, expect, test } from 'vitest';
import type { RecordChange, SealOrder } from '../../../../src/controllers/planning/record-change.ts';
import { writeRecord } from '../../../../src/controllers/secrets/write-record.ts';
import type { KeyPorts } from '../../../../src/controllers/shared/ports.ts';
import { RECORD_MAX_BYTES } from '../../../../src/sealing/record.ts';
import { revokedMark } from '../../../../src/sealing/revoked-versions.ts';
import { ApiError, ConnectionError } from '../../../../src/kube/errors/api-error.ts';
import type { Secret } from '../../../../src/kube/objects/objects.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { Patience } from '../../../../src/controllers/shared/patience.ts';
import { held, ledgerOf, productionEntry, versionEntry } from '../../../support/facts.ts';
import type { Ledger, Place } from '../../../../src/sealing/ledger.ts';
import { checkout, checkoutLedger, recordContext } from '../../../support/sealing.ts';

const order: SealOrder = {
  environment: 'production',
  version: 2,
  field: 'token',
  hash: `sha256:${'ab'.repeat(32)}`,
  places: [{ namespace: 'payments-prod-eu', secretName: 'checkout' }],
};

const NO_ANSWER = new ConnectionError('timeout', 'out of reach');
const GONE = new ApiError({ status: 404, reason: 'NotFound', message: 'not found' });

interface Given {
  /** What each read of a place is answered. @default {NO_ANSWER} */
  readonly answer?: Error;
  /** @default {of its own} */
  readonly clock?: FakeClock;
}

/** A writer whose places can all not be read, and what it sent to the server. */
function writer({ answer = NO_ANSWER, clock = new FakeClock() }: Given = {}): {
  readonly sent: readonly Secret[];
  readonly write: (changes: Partial<RecordChange>) => Promise<readonly Secret[]>;
} {
  const sent: Secret[] = [];
  const ports = {
    clock,
    operatorNamespace: 'keywright-system',
    installation: { recordContext: recordContext() },
    placeClient: { get: () => Promise.reject(answer) },
    patience: new Patience(clock),
    logger: new RecordingLogger(),
    caches: { records: { trackWrite: (_key: string, _replaced: undefined, write: () => Promise<Secret>) => write() } },
    client: {
      create: (_resource: unknown, record: Secret) => {
        sent.push(record);
        return Promise.resolve(record);
      },
    },
  } as unknown as KeyPorts;
  const nothing = { ledger: checkoutLedger(), mints: [], signing: [], seal: [], drop: [], settles: false };
  const write = async (changes: Partial<RecordChange>): Promise<readonly Secret[]> => {
    const inputs = { ...nothing, ...changes, made: new Map(), imports: [] };
    await writeRecord(ports, checkout, inputs, undefined, new AbortController().signal);
    return sent;
  };
  return { sent, write };
}

describe('writeRecord, when no place gives the value that is to be sealed', () => {
  test.each([
    {
      name: 'nobody waits for it, so that a place that is out of reach holds nothing up',
      changes: {},
      answer: NO_ANSWER,
    },
    { name: 'it is waited for, and is nowhere', changes: { isAwaited: true }, answer: GONE },
  ] as const)('writes the record without it when $name', async ({ changes, answer }) => {
    expect(await writer({ answer }).write({ seal: [{ ...order, ...changes }] })).toHaveLength(1);
  });

  test.each([
    { answer: NO_ANSWER, code: 'KW_SOURCE_UNREADABLE' },
    { answer: GONE, code: 'KW_SOURCE_CHANGED' },
  ])('writes nothing when a look has just found it there ($code)', async ({ answer, code }) => {
    const clock = new FakeClock();
    const { sent, write } = writer({ answer, clock });
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(write({ seal: [{ ...order, isSeen: true }] })).rejects.toMatchObject({ code });
      await clock.advance(20_000);
    }
    expect(sent).toEqual([]);
  });

  test('waits 15 s for what is delivered on and cannot be read, in all environments together', async () => {
    const clock = new FakeClock();
    const { sent, write } = writer({ clock });
    const seal: readonly SealOrder[] = [
      { ...order, isAwaited: true },
      { ...order, environment: 'staging', isAwaited: true },
    ];
    for (let waits = 0; waits < 2; waits += 1) {
      await expect(write({ seal })).rejects.toMatchObject({ code: 'KW_SOURCE_UNREADABLE' });
      expect(sent).toEqual([]);
      await clock.advance(7_500);
    }
    expect(await write({ seal })).toHaveLength(1);
  });
});

describe('writeRecord, when places leave little room in the record', () => {
  const dead = Array.from({ length: 16 }, (_, at) =>
    versionEntry('production', 20 - at, { state: at === 0 ? 'Revoked' : 'Retired' }),
  );
  const live = [versionEntry('production', 22), versionEntry('production', 21, { state: 'Retiring' })];
  const place = (at: number): Place => held('payments-prod-eu', { secretName: `checkout-${at}`.padEnd(253, 'x') });
  const room = (RECORD_MAX_BYTES - 4_096) / JSON.stringify(place(1_000)).length;
  const places = Array.from({ length: Math.floor(room) }, (_, at) => place(1_000 + at));
  const full = productionEntry({ versions: [...live, ...dead], places });

  test('gives up versions that are over for it, and what was revoked stays known', async () => {
    const [record] = await writer().write({ ledger: ledgerOf({ environments: [full] }) });
    if (record === undefined) throw new RangeError('Nothing was written');
    const ledger = JSON.parse(Buffer.from(record.data?.['ledger'] ?? '', 'base64').toString()) as Ledger;
    expect(ledger.environments).toEqual([{ ...full, versions: live }]);
    expect(ledger.revokedMarks).toEqual(dead.slice(0, 1).map(revokedMark));
  });

  test('refuses one that is too large without them', async () => {
    const more = { ...full, places: [...places, ...Array.from({ length: 20 }, (_, at) => place(9_000 + at))] };
    await expect(writer().write({ ledger: ledgerOf({ environments: [more] }) })).rejects.toMatchObject({
      code: 'KW_RECORD_TOO_LARGE',
    });
  });
});
