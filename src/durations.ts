const NS_PER_MS = 1_000_000n;
const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: NS_PER_MS,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Go's own bound, 2^63 - 1 nanoseconds: about 292 years, and a safe integer of milliseconds. */
const MAX_NS = 2n ** 63n - 1n;
const MAX_TEXT_LENGTH = 64;

const DURATION = /^\+?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a duration in Go's syntax, as the API server validates it: "24h", "1h30m", "1.5s", "500ms", "0".
 *
 * Fractions of a millisecond round up, so that only a zero duration reads as 0.
 *
 * @returns Whole milliseconds.
 * @throws {RangeError} if the text is not a duration, is negative, or lies beyond 292 years.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  if (text.length > MAX_TEXT_LENGTH || !DURATION.test(text)) {
    throw new RangeError('Cannot read a duration: expected numbers with units such as "24h", "1h30m" or "500ms"');
  }
  let totalNs = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of text.matchAll(PART)) {
    const unitNs = UNIT_NS[unit] ?? 0n;
    totalNs += BigInt(whole) * unitNs + (BigInt(fraction) * unitNs) / 10n ** BigInt(fraction.length);
  }
  if (totalNs > MAX_NS) throw new RangeError('Cannot read a duration: longer than 2562047h');
  return Number((totalNs + NS_PER_MS - 1n) / NS_PER_MS);
}

/** As parseDurationMs, but undefined for what that refuses. */
export function readDurationMs(text: string): number | undefined {
  try {
    return parseDurationMs(text);
  } catch {
    return undefined;
  }
}

const FORMAT_UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/**
 * Writes milliseconds in the shortest form that `parseDurationMs` reads back: 5_400_000 becomes "1h30m", 0 "0s".
 *
 * @throws {RangeError} if `ms` is negative or not a safe integer.
 */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) {
    throw new RangeError(`Cannot write a duration: expected whole milliseconds >= 0, got ${ms}`);
  }
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of FORMAT_UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}
