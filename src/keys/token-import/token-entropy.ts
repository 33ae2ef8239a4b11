import { languageRun, predictableRun } from './predictable-text.ts';

/** What it takes to say which predictable run follows, from where and for how long. */
const RUN_BITS = 10;

/** Per letter of a text in some language; Shannon found 1 to 2 for English. */
const LANGUAGE_BITS = 2;

/** By about this share an estimate from a short random text misses, by chance. */
const CHANCE = 0.05;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-(?<version>[0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** RFC 9562. All others tell of a time, a machine or a name. */
const UUID_BITS: Readonly<Record<string, number>> = { '4': 122, '7': 74 };

/**
 * Estimates how many random bits an attacker has to guess who knows how the token is written, and never more than it
 * is likely to hold. What it judges by:
 * - Parts that are public do not count: a prefix such as "sk_live_" or "ghp_", and the claims of a JWT.
 * - Characters count by the alphabet that is in use: a hex digit 4 bits, a letter or digit 5.95.
 * - What repeats, goes on in steps, lies side by side on a keyboard or is a usual word counts as one choice of about a
 *   thousand, and words of a language 2 bits a letter.
 * - The sum is at most what the frequencies of its characters allow (Shannon).
 *
 * It cannot see how a token was made: the hash of a password looks random.
 *
 * @param token Printable ASCII.
 */
export function estimatedBits(token: string): number {
  const version = UUID.exec(token)?.groups?.['version'];
  if (version !== undefined) return Math.min(UUID_BITS[version] ?? 0, textBits(token.replaceAll('-', '')));
  return textBits(secretPart(token));
}

function textBits(text: string): number {
  return text === '' ? 0 : Math.min(parsedBits(text), mixedBits(text));
}

/** Without parts that say what the token is: those before a separator that are short words, and JSON in base64url. */
function secretPart(token: string): string {
  return token
    .split('.')
    .filter((part) => !part.startsWith('eyJ'))
    .join('.')
    .replace(/^(?:[A-Za-z]{2,10}[0-9]?[_-])+/, '');
}

/** The cheapest way to say the text from its first character to its last, worked out from the last to the first. */
function parsedBits(text: string): number {
  const characterBits = Math.log2(alphabetSize(text));
  const lower = text.toLowerCase();
  const bitsFrom = new Float64Array(text.length + 1);
  const after = (length: number, start: number): number => bitsFrom[start + length] ?? 0;
  for (let start = text.length - 1; start >= 0; start -= 1) {
    const words = languageRun(text, start);
    const run = predictableRun(lower, start);
    bitsFrom[start] = Math.min(
      characterBits + after(1, start),
      run === 0 ? Infinity : RUN_BITS + after(run, start),
      words === 0 ? Infinity : RUN_BITS + words * LANGUAGE_BITS + after(words, start),
    );
  }
  return after(0, 0);
}

function alphabetSize(text: string): number {
  if (/^(?:[0-9a-f]*|[0-9A-F]*)$/.test(text)) return /[a-f]/i.test(text) ? 16 : 10;
  const symbols = new Set(text.replaceAll(/[0-9A-Za-z]/g, '')).size;
  const classes = [/[0-9]/, /[a-z]/, /[A-Z]/] as const;
  const [digits, lower, upper] = classes.map((one) => one.test(text));
  return (digits === true ? 10 : 0) + (lower === true ? 26 : 0) + (upper === true ? 26 : 0) + symbols;
}

/**
 * What the frequencies of its characters allow (Shannon). A short text does not show all that its source would have
 * brought: Chao and Shen estimate from the characters that occur once how much is unseen.
 */
function mixedBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const { length } = text;
  const singles = Math.min(length - 1, [...counts.values()].filter((count) => count === 1).length);
  const seen = 1 - singles / length;
  const perCharacter = [...counts.values()].reduce((sum, count) => {
    const share = (seen * count) / length;
    return sum - (share * Math.log2(share)) / (1 - (1 - share) ** length);
  }, 0);
  return length * Math.min(Math.log2(alphabetSize(text)), perCharacter * (1 + CHANCE));
}
