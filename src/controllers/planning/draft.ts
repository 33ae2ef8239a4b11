/** `T` while it is put together: optional members may be there with the value undefined. */
export type Draft<T> = T extends readonly (infer Element)[]
  ? readonly Draft<Element>[]
  : T extends object
    ? {
        readonly [Member in keyof T]:
          Draft<T[Member]> | (undefined extends T[Member] ? undefined : never) | OptionalOf<T, Member>;
      }
    : T;

type OptionalOf<T, Member extends keyof T> = Record<never, never> extends Pick<T, Member> ? undefined : never;

/** Leaves out undefined members at every depth, as JSON does, so that what comes back from the server compares equal. */
export function compact<T>(draft: Draft<T>): T {
  return withoutUndefined(draft) as T;
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) kept[name] = withoutUndefined(member);
  }
  return kept;
}
