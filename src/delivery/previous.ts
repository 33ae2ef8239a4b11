/** Data keys of a version that is superseded and still valid: those of the current one, with this in front. */
export const PREVIOUS_PREFIX = 'previous.';

/** Lays the values of a superseded version beside those of the current one. */
export function besideCurrent<V>(
  current: Readonly<Record<string, V>>,
  previous: Readonly<Record<string, V>>,
): Readonly<Record<string, V>> {
  const renamed = Object.entries(previous).map(([key, value]) => [`${PREVIOUS_PREFIX}${key}`, value] as const);
  return { ...current, ...Object.fromEntries(renamed) };
}
