import type { Declared } from './objects.ts';

/** One object that breaks one CEL rule. */
export interface RuleRow {
  /** What the API server refuses, in words that follow "refuses". */
  readonly name: string;
  readonly object: Declared;
  /** Where the fault is reported. */
  readonly field: string;
  /** What a person reads after the field, the kind of fault and the value. */
  readonly message: string;
}

/** Each value of `values` in a row of its own. */
export function eachOf(
  values: Readonly<Record<string, unknown>>,
  row: (value: unknown) => Omit<RuleRow, 'name'>,
): readonly RuleRow[] {
  return Object.entries(values).map(([name, value]) => ({ name, ...row(value) }));
}
