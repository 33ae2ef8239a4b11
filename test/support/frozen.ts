/** The value itself, frozen all the way down, so that a reader who writes to what is shared fails at once. */
export function frozen<V>(value: V): V {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
