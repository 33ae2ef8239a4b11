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

/** How a layout is told of a Secret that holds a superseded version beside the current one. */
export function layoutBeside(layout: string, previous: number): string {
  return `${layout} previous=${previous}`;
}

/** The values of the current version alone. */
export function withoutPrevious<V>(values: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !key.startsWith(PREVIOUS_PREFIX)));
}

/** The layout of the current version alone. */
export function currentLayout(layout: string): string {
  return layout.replace(/ previous=\d+$/, '');
}
