import { describe, expect, test } from 'vitest';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { KeyringProvider, type Kek } from '../../../src/sealing/keyring-provider.ts';
import { openMaterial, sealMaterial } from '../../../src/sealing/material.ts';
import type { RecordContext } from '../../../src/sealing/record-context.ts';
import { encodeRecord, recordName } from '../../../src/sealing/record.ts';
import { isStale, opensAnyRecord, rewrapMaterial, wrappedBy } from '../../../src/sealing/rewrap.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { checkout, checkoutLedger, countingBytes, keyBytes, recordContext } from '../../support/sealing.ts';

const former: Kek = { id: 'kek-1', bytes: keyBytes(32), state: 'Wrapping' };
const wrapping: Kek = { id: 'kek-2', bytes: keyBytes(64), state: 'Wrapping' };
const withKeks = (...keks: readonly Kek[]): RecordContext =>
  recordContext({ kek: new KeyringProvider(keks, countingBytes()) });

const before = withKeks(former);
const after = withKeks(wrapping, { ...former, state: 'Unwrapping' });
const alone = withKeks(wrapping);
const ref = { environment: 'production', version: 2, field: 'token' } as const;
const sealed = await sealMaterial(undefined, [{ ...ref, plaintext: Buffer.from('acme_sk_live_x') }], checkout, before);

function recordOf(data: Secret['data'], name = recordName(checkout)): Secret {
  return { metadata: { name }, type: 'keywright.dev/record', data: data ?? {} };
}

describe('rewrapMaterial', () => {
  test('changes the wrapped DEK alone, and the former KEK is needed no more', async () => {
    const rewrapped = await rewrapMaterial(sealed, checkout, after);
    expect(rewrapped).toEqual({ ...sealed, dek: { ...rewrapped.dek, provider: 'keyring', kekId: 'kek-2' } });
    expect(Buffer.from(await openMaterial(rewrapped, ref, checkout, alone)).toString()).toBe('acme_sk_live_x');
  });

  test('says KekUnknown without the former KEK', async () => {
    await expect(rewrapMaterial(sealed, checkout, alone)).rejects.toThrow(new SealingError('KekUnknown'));
  });

  test('says OpenFailed for the DEK of another key', async () => {
    const other = { ...checkout, name: 'refund' };
    await expect(rewrapMaterial(sealed, other, after)).rejects.toThrow(new SealingError('OpenFailed'));
  });
});

describe('wrappedBy', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  test.each([
    {
      name: 'what a record says',
      data: encodeRecord({ ledger: checkoutLedger(), sealed }, before).data,
      want: { provider: 'keyring', kekId: 'kek-1' },
    },
    { name: 'nothing of one that seals nothing', data: {}, want: undefined },
    { name: 'that it cannot tell of what is no JSON', data: { sealed: base64('canary') }, want: 'Unreadable' },
    { name: 'that it cannot tell without a DEK', data: { sealed: base64('{}') }, want: 'Unreadable' },
    { name: 'that it cannot tell of null', data: { sealed: base64('null') }, want: 'Unreadable' },
  ])('tells $name', ({ data, want }) => {
    expect(wrappedBy(recordOf(data))).toEqual(want);
  });
});

test.each([
  { name: 'not what the current KEK wrapped', wrapped: { provider: 'keyring', kekId: 'kek-2' }, want: false },
  { name: 'what a former one wrapped', wrapped: { provider: 'keyring', kekId: 'kek-1' }, want: true },
  { name: 'what another provider wrapped', wrapped: { provider: 'kms-v2', kekId: 'kek-2' }, want: true },
  { name: 'what cannot be told', wrapped: 'Unreadable', want: true },
] as const)('stale is $name', ({ wrapped, want }) => {
  expect(isStale(wrapped, after.kek)).toBe(want);
});

const record = recordOf(encodeRecord({ ledger: checkoutLedger(), sealed }, before).data);
const elsewhere = withKeks({ ...former, bytes: keyBytes(99) });
const unsealed = recordOf(encodeRecord({ ledger: checkoutLedger() }, before).data);
const refund = checkoutLedger({ name: 'refund' });
const lost = await sealMaterial(undefined, [{ ...ref, plaintext: Buffer.from('x') }], refund, elsewhere);
const foreign = recordOf(encodeRecord({ ledger: refund, sealed: lost }, before).data, recordName(refund));

describe('opensAnyRecord', () => {
  test.each([
    { name: 'its own records', records: [record], context: before, want: true },
    { name: 'records of before a rotation', records: [record], context: after, want: true },
    { name: 'one of several', records: [foreign, record], context: before, want: true },
    { name: 'none, where nothing is sealed', records: [unsealed], context: elsewhere, want: true },
    { name: 'none, where there are none', records: [], context: elsewhere, want: true },
  ])('is true of a keyring that opens $name', async ({ records, context, want }) => {
    expect(await opensAnyRecord(records, context)).toBe(want);
  });

  test.each([
    { name: 'has other bytes under the same id', context: elsewhere },
    { name: 'has another KEK', context: alone },
  ])('is false of a keyring that $name', async ({ context }) => {
    expect(await opensAnyRecord([unsealed, record], context)).toBe(false);
  });
});
