/**
 * Reads what the comment beside each reason says.
 *
 * @param source Text of src/api/conditions.ts.
 * @returns Reason to its comment on one line, however it was wrapped, in the order of the source. A reason without a
 *   comment is left out.
 */
export function reasonComments(source: string): ReadonlyMap<string, string> {
  const constant = source.slice(source.indexOf('export const Reason = {'));
  const entries = constant.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*(\w+): '/gs);
  return new Map(
    Array.from(entries, ([, comment = '', name = '']) => [name, comment.replaceAll(/\s*\n\s*(?:\* )?/g, ' ').trim()]),
  );
}
