import { expect, test } from 'vitest';
import type { KekProvider } from '../../../src/sealing/kek-provider.ts';
import { SealingError } from '../../../src/sealing/sealing-error.ts';
import { keyBytes } from '../../support/sealing.ts';

const context = Uint8Array.of(1, 2, 3);

/** What every KekProvider promises. Call it inside a describe with a maker of a working provider. */
export function testKekProviderContract(make: () => KekProvider): void {
  test('unwraps what it wrapped', async () => {
    const provider = make();
    const wrapped = await provider.wrap(keyBytes(99), context);
    expect(new Uint8Array(await provider.unwrap(wrapped, context))).toEqual(keyBytes(99));
  });

  test('unwraps what an earlier process wrapped', async () => {
    const wrapped = await make().wrap(keyBytes(99), context);
    expect(new Uint8Array(await make().unwrap(wrapped, context))).toEqual(keyBytes(99));
  });

  test('leaves the bytes it was given to the caller', async () => {
    const dek = keyBytes(99);
    await make().wrap(dek, context);
    expect(dek).toEqual(keyBytes(99));
  });

  test('keeps no hold of the bytes it returned', async () => {
    const provider = make();
    const wrapped = await provider.wrap(keyBytes(99), context);
    (await provider.unwrap(wrapped, context)).fill(0);
    expect(new Uint8Array(await provider.unwrap(wrapped, context))).toEqual(keyBytes(99));
  });

  test('takes overlapping calls', async () => {
    const provider = make();
    const deks = [1, 2, 3, 4].map(keyBytes);
    const wrapped = await Promise.all(deks.map((dek) => provider.wrap(dek, context)));
    const unwrapped = await Promise.all(wrapped.map((one) => provider.unwrap(one, context)));
    expect(unwrapped.map((dek) => new Uint8Array(dek))).toEqual(deks);
  });

  test.each([0, 31, 33])('refuses a DEK of %d bytes', async (length) => {
    await expect(make().wrap(new Uint8Array(length), context)).rejects.toThrow(RangeError);
  });

  test('says KekUnknown for a KEK it does not have', async () => {
    const provider = make();
    const wrapped = await provider.wrap(keyBytes(99), context);
    await expect(provider.unwrap({ ...wrapped, kekId: 'kek-gone' }, context)).rejects.toThrow(
      new SealingError('KekUnknown'),
    );
  });

  test('stops when its signal is aborted', async () => {
    const signal = AbortSignal.abort(new Error('lease lost'));
    await expect(make().wrap(keyBytes(99), context, { signal })).rejects.toThrow('lease lost');
  });
}
