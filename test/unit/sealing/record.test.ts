import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import type { Ledger } from '../../../src/sealing/ledger.ts';
import { MacKeys } from '../../../src/sealing/mac.ts';
import { sealMaterial } from '../../../src/sealing/material.ts';
import { decodeRecord, encodeRecord, readUnsignedRecord, recordName, signedBy } from '../../../src/sealing/record.ts';
import type { RecordContent } from '../../../src/sealing/record.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { checkout, checkoutLedger, keyBytes, recordContext } from '../../support/sealing.ts';

const context = recordContext();
const ledger = checkoutLedger();
const plaintext = new TextEncoder().encode('canary-token');
const ref = { environment: 'production', version: 2, field: 'token' } as const;
const sealed = await sealMaterial(undefined, [{ ...ref, plaintext }], checkout, context);

const record = secretOf({ ledger, sealed });

function secretOf(content: RecordContent, name: string = recordName(content.ledger)): Secret {
  return { metadata: { name, namespace: 'keywright' }, ...encodeRecord(content, context) };
}

function withData(secret: Secret, changes: Readonly<Record<string, string>>): Secret {
  return { ...secret, data: { ...secret.data, ...changes } };
}

function without(secret: Secret, name: string): Secret {
  return { ...secret, data: Object.fromEntries(Object.entries(secret.data ?? {}).filter(([key]) => key !== name)) };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const text = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString();

/** A record as the holder of the MAC key could write it, whatever the ledger text says. */
function signed(ledgerText: string, sealedText?: string): Secret {
  const parts = [
    context.installation,
    Buffer.from(ledgerText),
    sealedText === undefined ? undefined : sha256(sealedText),
  ];
  const mac = base64(context.macKeys.sign('keywright.dev/record/v1', parts));
  const data = { ledger: base64(ledgerText), mac, ...(sealedText !== undefined && { sealed: base64(sealedText) }) };
  return { metadata: { name: recordName(checkout) }, type: 'keywright.dev/record', data };
}

function sha256(value: string): Uint8Array {
  return createHash('sha256').update(value).digest();
}

describe('recordName', () => {
  test('is frozen', () => {
    expect(recordName(checkout)).toBe('kw-apikey-7a661be40cbd7ccc7a53c9d515f6e9ed328e6488');
  });

  test('does not depend on the author namespace', () => {
    expect(recordName({ ...checkout, namespace: 'elsewhere' } as typeof checkout)).toBe(recordName(checkout));
  });

  test('tells a boundary between project and name apart', () => {
    const one = recordName({ kind: 'ApiKey', project: 'a', name: 'bc' });
    expect(recordName({ kind: 'ApiKey', project: 'ab', name: 'c' })).not.toBe(one);
  });

  test('is a name the API server takes, however long its parts are', () => {
    expect(recordName({ kind: 'ApiKey', project: 'p'.repeat(63), name: 'n'.repeat(63) })).toMatch(/^[a-z0-9-]{1,63}$/);
  });
});

describe('encodeRecord', () => {
  test('gives equal content equal bytes, whatever the order of members', () => {
    const reversed = Object.fromEntries(Object.entries(ledger).toReversed()) as unknown as Ledger;
    expect(encodeRecord({ ledger: reversed, sealed }, context)).toEqual(encodeRecord({ ledger, sealed }, context));
  });

  test('keeps plaintext out of every value', () => {
    const values = Object.values(record.data ?? {})
      .map(text)
      .join('\n');
    expect(values).not.toContain('canary-token');
    expect(values).not.toContain(Buffer.from(plaintext).toString('base64url'));
  });

  test('writes the ledger in clear', () => {
    expect(JSON.parse(text(record.data?.['ledger']))).toEqual(ledger);
  });

  test('refuses a record larger than 700 KiB', async () => {
    const large = { ...ref, plaintext: new Uint8Array(530 * 1024).fill(65) };
    const content = { ledger, sealed: await sealMaterial(undefined, [large], checkout, context) };
    expect(() => encodeRecord(content, context)).toThrow(new SealingError('TooLarge'));
  });

  test('refuses values that together are larger than 700 KiB', async () => {
    const many = [1, 2, 3].map((version) => ({ ...ref, version, plaintext: new Uint8Array(200 * 1024) }));
    const content = { ledger, sealed: await sealMaterial(undefined, many, checkout, context) };
    expect(() => encodeRecord(content, context)).toThrow(new SealingError('TooLarge'));
  });

  test('writes a record of 600 KiB that is read back', async () => {
    const large = { ...ref, plaintext: new Uint8Array(450 * 1024).fill(65) };
    const content = { ledger, sealed: await sealMaterial(undefined, [large], checkout, context) };
    expect(decodeRecord(secretOf(content), context).state).toBe('valid');
  });

  const broken: readonly { name: string; changes: object }[] = [
    { name: 'a member nobody knows', changes: { token: 'canary-token' } },
    { name: 'a time with fractions', changes: { createdAt: '2027-01-01T00:00:00.000Z' } },
    { name: 'a sequence of 0', changes: { sequence: 0 } },
    { name: 'a project that is no DNS label', changes: { project: 'Payments' } },
    { name: 'a missing phase', changes: { phase: undefined } },
  ];
  test.each(broken)('refuses a ledger with $name without quoting it', ({ changes }) => {
    const content = { ledger: { ...ledger, ...changes } as Ledger };
    expect(() => encodeRecord(content, context)).toThrow(new SealingError('ContentInvalid'));
  });
});

describe('decodeRecord', () => {
  test('reads back what was written', () => {
    expect(decodeRecord(record, context)).toEqual({ state: 'valid', ledger, sealed });
    expect(decodeRecord(secretOf({ ledger }), context)).toEqual({ state: 'valid', ledger });
  });

  test('believes a record signed before the MAC key was rotated', () => {
    const macKeys = new MacKeys([
      { id: 'mac-2', bytes: keyBytes(8), state: 'Signing' },
      { id: 'mac-1', bytes: keyBytes(0), state: 'Verifying' },
    ]);
    expect(decodeRecord(record, { ...context, macKeys }).state).toBe('valid');
  });

  const badMac = { state: 'invalid', problem: 'BadMac' };

  test('notices any edited member of the ledger', () => {
    for (const edited of edits(ledger)) {
      const data = { ledger: base64(JSON.stringify(edited)) };
      expect(decodeRecord(withData(record, data), context)).toEqual(badMac);
    }
    expect(edits(ledger).length).toBeGreaterThan(50);
  });

  test.each(['ledger', 'sealed', 'mac'])('notices any changed byte of %s', (part) => {
    const original = Buffer.from(record.data?.[part] ?? '', 'base64');
    const change = fc.record({ at: fc.nat({ max: original.length - 1 }), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(change, ({ at, by }) => {
        const altered = Buffer.from(original);
        altered[at] = (altered[at] ?? 0) ^ by;
        expect(decodeRecord(withData(record, { [part]: altered.toString('base64') }), context)).toEqual(badMac);
      }),
      { numRuns: 300 },
    );
  });

  const refunds = { ...ledger, name: 'refunds' };
  const other = secretOf({ ledger: refunds, sealed });
  const tampered: readonly { name: string; secret: Secret }[] = [
    { name: 'sealed material removed', secret: without(record, 'sealed') },
    { name: 'sealed material emptied', secret: withData(record, { sealed: '' }) },
    {
      name: 'sealed material added',
      secret: withData(secretOf({ ledger }), { sealed: record.data?.['sealed'] ?? '' }),
    },
    {
      name: 'an older ledger put back',
      secret: withData(record, { ledger: secretOf({ ledger: { ...ledger, sequence: 6 } }).data?.['ledger'] ?? '' }),
    },
    { name: 'the ledger of another record', secret: withData(record, { ledger: other.data?.['ledger'] ?? '' }) },
    { name: 'the MAC of another record', secret: withData(record, { mac: other.data?.['mac'] ?? '' }) },
    { name: 'a huge MAC', secret: withData(record, { mac: base64('m'.repeat(100_000)) }) },
  ];
  test.each(tampered)('notices $name', ({ secret }) => {
    expect(decodeRecord(secret, context)).toEqual(badMac);
  });

  test('refuses a record of another installation', () => {
    expect(decodeRecord(record, { ...context, installation: 'ff112233445566778899aabbccddeeff' })).toEqual(badMac);
  });

  test('refuses a record copied under the name of another key', () => {
    const copied = { ...record, metadata: { name: recordName(refunds) } };
    expect(decodeRecord(copied, context)).toEqual({ state: 'invalid', problem: 'WrongName' });
  });

  const unreadable: readonly { name: string; secret: Secret; problem: string }[] = [
    { name: 'a Secret of another type', secret: { ...record, type: 'Opaque' }, problem: 'Malformed' },
    {
      name: 'a Secret without data',
      secret: { metadata: record.metadata, type: 'keywright.dev/record' },
      problem: 'Malformed',
    },
    { name: 'a record without a MAC', secret: without(record, 'mac'), problem: 'Malformed' },
    { name: 'a record without a ledger', secret: without(record, 'ledger'), problem: 'Malformed' },
    { name: 'a record of 800 KiB', secret: withData(record, { sealed: 'A'.repeat(1_092_000) }), problem: 'Malformed' },
    {
      name: 'a ledger of a newer format',
      secret: signed(JSON.stringify({ ...ledger, format: 2 })),
      problem: 'UnknownFormat',
    },
    {
      name: 'a ledger with a member nobody knows',
      secret: signed(JSON.stringify({ ...ledger, extra: 1 })),
      problem: 'Malformed',
    },
    {
      name: 'sealed material of a newer format',
      secret: signed(JSON.stringify(ledger), JSON.stringify({ ...sealed, format: 2 })),
      problem: 'UnknownFormat',
    },
    {
      name: 'sealed material with a short tag',
      secret: signed(
        JSON.stringify(ledger),
        JSON.stringify({ ...sealed, entries: sealed.entries.map((entry) => ({ ...entry, tag: 'AAAA' })) }),
      ),
      problem: 'Malformed',
    },
    { name: 'a ledger that is no JSON', secret: signed('canary-token'), problem: 'Malformed' },
    {
      name: 'sealed material that is no JSON',
      secret: signed(JSON.stringify(ledger), 'canary-token'),
      problem: 'Malformed',
    },
  ];
  test.each(unreadable)('says $problem for $name', ({ secret, problem }) => {
    expect(decodeRecord(secret, context)).toEqual({ state: 'invalid', problem });
  });
});

/** Every value that differs from `value` in exactly one leaf, or lacks one member or element. */
function edits(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'string') return [`${value}x`];
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const inside = list.flatMap((element, at) => edits(element).map((edited) => list.with(at, edited)));
    return [...inside, ...list.map((_, at) => list.toSpliced(at, 1))];
  }
  const members = Object.entries(value as object);
  const inside = members.flatMap(([name, member]) =>
    edits(member).map((edited) => ({ ...(value as object), [name]: edited })),
  );
  return [...inside, ...members.map(([name]) => Object.fromEntries(members.filter(([key]) => key !== name)))];
}

describe('readUnsignedRecord', () => {
  test('reads what no MAC key vouches for', () => {
    const unsigned = { ...record, data: { ...record.data, mac: base64('mac-9.AAAA') } };
    expect(decodeRecord(unsigned, context)).toEqual({ state: 'invalid', problem: 'BadMac' });
    expect(readUnsignedRecord(unsigned)).toEqual({ state: 'valid', ledger, sealed });
  });

  test.each<{ name: string; secret: Secret; problem: string }>([
    { name: 'a Secret of another type', secret: { ...record, type: 'Opaque' }, problem: 'Malformed' },
    { name: 'one without a ledger', secret: { ...record, data: {} }, problem: 'Malformed' },
    {
      name: 'a ledger that is none',
      secret: { ...record, data: { ...record.data, ledger: base64('{}') } },
      problem: 'Malformed',
    },
    {
      name: 'the record of another key',
      secret: { ...record, metadata: { ...record.metadata, name: 'kw-apikey-other' } },
      problem: 'WrongName',
    },
  ])('refuses $name', ({ secret, problem }) => {
    expect(readUnsignedRecord(secret)).toEqual({ state: 'invalid', problem });
  });
});

test.each([
  { name: 'a record', data: record.data ?? {}, want: 'mac-1' },
  { name: 'one without a MAC', data: {}, want: undefined },
  { name: 'one whose MAC is too long', data: { mac: base64(`mac-1.${'A'.repeat(300)}`) }, want: undefined },
])('signedBy of $name is $want', ({ data, want }) => {
  expect(signedBy({ ...record, data })).toBe(want);
});
