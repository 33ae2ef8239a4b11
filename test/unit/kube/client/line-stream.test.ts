import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines } from '../../../../src/kube/client/line-stream.ts';

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void> {
  let start = 0;
  for (const size of sizes) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
  yield bytes.subarray(start);
}

async function collected(chunks: AsyncIterable<Uint8Array>, maxLineBytes?: number): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(chunks, maxLineBytes)) values.push(value);
  return values;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const inOneChunk = (text: string): AsyncIterable<Uint8Array> => chunked(bytesOf(text), []);

test('jsonLines yields the same values however the bytes are cut', async () => {
  const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(json, { maxLength: 8 }), sizes, async (values, cuts) => {
      const bytes = bytesOf(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      expect(await collected(chunked(bytes, cuts))).toEqual(values);
    }),
  );
});

test('jsonLines skips empty lines', async () => {
  expect(await collected(inOneChunk('\n\n{"a":1}\n\n'))).toEqual([{ a: 1 }]);
});

test('jsonLines yields a line before the next one has come', async () => {
  const { promise: never } = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Uint8Array, void> {
    yield bytesOf('{"a":1}\n{"b"');
    await never;
  }
  expect(await jsonLines(slow()).next()).toEqual({ done: false, value: { a: 1 } });
});

const faults: readonly { name: string; given: string; want: string }[] = [
  { name: 'input that ends inside a line', given: '{"a":1}\n{"b":"hunter2"', want: 'aborted-stream' },
  { name: 'a line that is not JSON', given: 'hunter2\n', want: 'malformed' },
  { name: 'a finished line over the cap', given: `"hunter2${'x'.repeat(80)}"\n`, want: 'too-large' },
  { name: 'an unfinished line over the cap', given: `"hunter2${'x'.repeat(80)}`, want: 'too-large' },
];
test.each(faults)('jsonLines rejects $name without quoting it', async ({ given, want }) => {
  const error: unknown = await collected(inOneChunk(given), 64).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ConnectionError', code: want });
  expect(error).not.toHaveProperty('cause');
  expect(String((error as Error).stack)).not.toContain('hunter2');
});

test('jsonLines accepts a line of exactly the cap, split in two', async () => {
  const line = JSON.stringify('x'.repeat(62));
  expect(await collected(chunked(bytesOf(`${line}\n`), [40]), 64)).toEqual(['x'.repeat(62)]);
});

test('jsonLines closes its source when the consumer leaves', async () => {
  let isClosed = false;
  async function* source(): AsyncGenerator<Uint8Array, void> {
    try {
      yield bytesOf('1\n2\n');
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of jsonLines(source())) break;
  expect(isClosed).toBe(true);
});
