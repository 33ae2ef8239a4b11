import { expect, test } from 'vitest';
import { compact } from '../../../../src/controllers/planning/draft.ts';

interface Shape {
  readonly name: string;
  readonly note?: string;
  readonly parts?: readonly { readonly size?: number; readonly name: string }[];
}

test('compact leaves out undefined members at every depth, as JSON does', () => {
  const made = compact<Shape>({
    name: 'a',
    note: undefined,
    parts: [
      { name: 'b', size: undefined },
      { name: 'c', size: 0 },
    ],
  });
  expect(made).toStrictEqual({ name: 'a', parts: [{ name: 'b' }, { name: 'c', size: 0 }] });
});

test('compact keeps what is empty', () => {
  expect(compact<Shape>({ name: '', parts: [] })).toStrictEqual({ name: '', parts: [] });
});
