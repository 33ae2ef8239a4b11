import { expiryMs } from '../spec.ts';

/** From here on the day alone does not tell how much time is left. */
export const NEAR_MS: number = 48 * 3_600_000;

/** A column in UTC: a day such as "2027-02-01"; within 48 h, and once it has passed, with the time: "2027-02-01T10:00Z". */
export function daySummary(time: string, now: Date): string {
  const ms = expiryMs(time);
  const utc = new Date(ms).toISOString();
  return ms - now.getTime() <= NEAR_MS ? `${utc.slice(0, 16)}Z` : utc.slice(0, 10);
}
