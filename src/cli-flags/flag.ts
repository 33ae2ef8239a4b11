/** What a flag's text may be and what it means. */
export interface ValueKind<T> {
  /** Stands for the value in help, for example "<duration>". Empty for a switch. */
  readonly placeholder: string;
  /** What is accepted, as it follows "expected": "a whole number from 1 to 64". */
  readonly accepted: string;
  /** @throws {RangeError} if the text is not accepted; the error's own text is not shown. */
  readonly parse: (text: string) => T;
}

/** One command line flag. */
export interface Flag<T> {
  readonly kind: ValueKind<T>;
  /** Heading in help. */
  readonly group: string;
  /** What the flag decides, in sentences. */
  readonly summary: string;
  /** Value when neither flag nor environment speaks. */
  readonly fallback: T;
  /** The fallback as help says it, for example "15s" or "all namespaces". Absent: no default is printed. */
  readonly fallbackText?: string;
  /** An accepted value, shown with errors. */
  readonly example: string;
  /** Environment variables read in this order when the flag is not given; an empty variable counts as not set. */
  readonly variables?: readonly string[];
  /** One-letter form, without the dash. */
  readonly short?: string;
}

/** A command's flags: `Values` says which names exist and what type each value has. */
export type Flags<Values> = { readonly [Name in keyof Values]: Flag<Values[Name]> };

/** The environment as `process.env` holds it. */
export type Environment = Readonly<Record<string, string | undefined>>;
