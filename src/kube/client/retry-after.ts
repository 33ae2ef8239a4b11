/**
 * Reads a Retry-After header, in seconds or as an HTTP date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 *
 * @returns Milliseconds from `now`, at least 0; undefined if the header is absent or neither form.
 */
export function parseRetryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  // Date.parse takes much that is no HTTP date, such as "-5"; each of those names its day.
  const at = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
