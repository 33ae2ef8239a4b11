/** A typing error changes few characters; beyond this share of the word a guess would confuse. */
const MAX_DISTANCE_SHARE = 0.4;
const MAX_LENGTH = 40;

/** The name a person most likely meant by `text`, or undefined when none is close. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  let nearest: string | undefined;
  let shortest = Math.max(1, Math.floor(text.length * MAX_DISTANCE_SHARE)) + 1;
  for (const name of names) {
    const distance = editDistance(text, name);
    if (distance < shortest) [nearest, shortest] = [name, distance];
  }
  return nearest;
}

/** Levenshtein distance: the fewest single-character insertions, deletions and replacements. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
