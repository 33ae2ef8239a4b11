/** Why stored JSON cannot be used. UnknownFormat: a newer version of the operator wrote it. */
export type StoredJsonProblem = 'Malformed' | 'UnknownFormat';

/**
 * Reads JSON whose member `format` says which version of its shape it has. Never throws and never quotes:
 * JSON.parse puts its input into the error, so the error ends here.
 */
export function parseStored<T extends object>(
  text: string,
  format: number,
  isShape: (value: unknown) => value is T,
): T | StoredJsonProblem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'Malformed';
  }
  if (isShape(value)) return value;
  const isOtherFormat = typeof value === 'object' && value !== null && 'format' in value && value.format !== format;
  return isOtherFormat ? 'UnknownFormat' : 'Malformed';
}
