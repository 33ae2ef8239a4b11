/**
 * RFC 3339 in UTC with exactly six fraction digits, as the API server demands of a metav1.MicroTime: it refuses
 * the three digits of Date.toISOString with "cannot parse".
 */
export function formatMicroTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
