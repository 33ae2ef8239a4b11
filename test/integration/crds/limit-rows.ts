import type { Declared } from './objects.ts';

/** A limit of the schema: the last value that is accepted and the first that is not. */
export interface LimitRow {
  /** Entries as "[]". */
  readonly field: string;
  readonly limit:
    | 'maxLength'
    | 'minLength'
    | 'maxItems'
    | 'minItems'
    | 'maxProperties'
    | 'minimum'
    | 'maximum'
    | 'enum'
    | 'unique'
    | 'required';
  readonly accepted: Declared;
  readonly refused: Declared;
  /** What a person reads, without the field. */
  readonly message: string;
}

/** An object that carries the value where the limit is. */
export type Make = (value: unknown) => Declared;

export function length(
  field: string,
  max: number,
  make: Make,
  text: (length: number) => string = (n) => 'a'.repeat(n),
): LimitRow {
  const message = `Too long: may not be more than ${max} bytes`;
  return { field, limit: 'maxLength', accepted: make(text(max)), refused: make(text(max + 1)), message };
}

export function count(field: string, max: number, make: Make, entry: (index: number) => unknown): LimitRow {
  const entries = (n: number): unknown[] => Array.from({ length: n }, (_, i) => entry(i));
  const message = `Too many: ${max + 1}: must have at most ${max} items`;
  return { field, limit: 'maxItems', accepted: make(entries(max)), refused: make(entries(max + 1)), message };
}

export function unique(field: string, make: Make, entry: unknown, other: unknown, shown: string): LimitRow {
  const message = `Duplicate value: ${shown}`;
  return { field, limit: 'unique', accepted: make([entry, other]), refused: make([entry, entry]), message };
}

export function oneOf(field: string, values: readonly string[], make: Make): LimitRow {
  const message = `Unsupported value: "other": supported values: ${values.map((value) => `"${value}"`).join(', ')}`;
  return { field, limit: 'enum', accepted: make(values[0]), refused: make('other'), message };
}

export function required(field: string, accepted: Declared, refused: Declared): LimitRow {
  return { field, limit: 'required', accepted, refused, message: 'Required value' };
}

export function notEmpty(field: string, make: Make, entry: unknown): LimitRow {
  // Unlike the field, the text has the position, which is the first in every row.
  const message = `Invalid value: 0: ${field.replaceAll('[]', '[0]')} in body should have at least 1 items`;
  return { field, limit: 'minItems', accepted: make([entry]), refused: make([]), message };
}

/** The shortest form of address, padded. */
export function email(n: number): string {
  return `${'a'.repeat(n - 2)}@b`;
}
