/** Pairs of letters that make up three quarters of all pairs in English text, and one in seven of random letters. */
const COMMON_PAIRS: ReadonlySet<string> = new Set(
  `ab ac ad ai al am an ap ar as at ay be bl bu ca ce ch co ct de di do ea ec ed ee el en er es et ev
   ex ey fi fo ge ha he hi ho ib ic ie if ig il im in io ir is it iv ke la le li ll ly ma me mi na nc
   nd ne ng no ns nt od of ol om on op or ot ou ov pa pe pl po pr ra re ri rk rm ro rs rt ry se si so
   ss st su ta te th ti to tr ts un ur us ut ve vi wa wh wi wo yo`.split(/\s+/),
);

/** What people type where a secret belongs. In lower case, of four letters or more. */
const USUAL_WORDS: readonly string[] =
  `password passwort passwd secret admin root user login token apikey default dummy placeholder changeme change
   example sample test demo letmein welcome hello world master super dragon monkey football baseball iloveyou
   sunshine princess trustno1 foobar correct horse battery staple quick brown jumps over lazy lorem ipsum
   summer winter spring autumn monday friday january august company client server service account access
   internal private public staging production prod live`.split(/\s+/);

/** Rows, columns and the first two rows in turn, of a US keyboard. */
const KEYBOARD_WALKS: readonly string[] = [
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '!@#$%^&*()',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/',
  '1q2w3e4r5t6y7u8i9o0p',
].flatMap((walk) => [walk, [...walk].toReversed().join('')]);

const LONGEST_WORD: number = Math.max(...USUAL_WORDS.map(({ length }) => length));

const YEAR = /^(?:19[0-9]|20[0-4])[0-9]/;

const LEET: Readonly<Record<string, string>> = { 0: 'o', 1: 'l', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's' };

/** A shorter stretch also comes about by chance. */
const SHORTEST_RUN = 4;

/** A share of common pairs that random letters hardly reach and words seldom miss. */
const LANGUAGE_SHARE = 0.6;
const LANGUAGE_PAIRS = 5;
/** What is longer is read in pieces. */
const LONGEST_LANGUAGE = 64;
/** As words are written: one case, or capitals where they begin. Random letters of both cases seldom look so for long. */
const STRETCH = /^(?:[A-Z]?[a-z]{2,}(?:[^A-Za-z0-9][A-Za-z][a-z]+|[A-Z][a-z]{2,})*|[A-Z]{3,}(?:[^A-Za-z0-9][A-Z]+)*)/;
const LETTERS = /^[a-z]{2}$/;

/**
 * How many characters from `start` on follow from what is before them or from a habit of people: characters that
 * repeat or go up or down by one or two, neighbours on a keyboard, something that was there before, a usual word.
 *
 * @param lower In lower case: how an attacker varies the case is hardly a choice.
 * @returns 0 where nothing is predictable, or too little to be more than chance.
 */
export function predictableRun(lower: string, start: number): number {
  const run = Math.max(
    steps(lower, start, 1),
    steps(lower, start, 2),
    keyboardWalk(lower, start),
    copy(lower, start),
    usualWord(lower, start),
  );
  return run < SHORTEST_RUN ? 0 : run;
}

/** Characters, each `lag` after another, whose codes differ by the same -2 to 2: "aaaa", "4321", "a1b2c3". */
function steps(text: string, start: number, lag: number): number {
  const differences = Array.from({ length: lag }, (_, i) => codeAt(text, start + lag + i) - codeAt(text, start + i));
  if (!differences.every((difference) => Math.abs(difference) <= 2)) return 0;
  let end = start + lag;
  while (codeAt(text, end) - codeAt(text, end - lag) === differences[(end - start) % lag]) end += 1;
  return end - start < SHORTEST_RUN * lag ? 0 : end - start;
}

function keyboardWalk(text: string, start: number): number {
  const first = text[start] ?? '';
  return Math.max(...KEYBOARD_WALKS.map((walk) => commonLength(walk, walk.indexOf(first), text, start)));
}

function copy(text: string, start: number): number {
  if (start === 0 || start + SHORTEST_RUN > text.length) return 0;
  const earlier = text.lastIndexOf(text.slice(start, start + SHORTEST_RUN), start - 1);
  return commonLength(text, earlier, text, start);
}

/** Also written with digits for letters. */
function usualWord(text: string, start: number): number {
  if (YEAR.test(text.slice(start, start + 4))) return 4;
  const here = Array.from(text.slice(start, start + LONGEST_WORD), (character) => LEET[character] ?? character).join(
    '',
  );
  return Math.max(0, ...USUAL_WORDS.filter((word) => here.startsWith(word)).map(({ length }) => length));
}

function commonLength(pattern: string, from: number, text: string, start: number): number {
  if (from === -1) return 0;
  let length = 0;
  while (start + length < text.length && pattern[from + length] === text[start + length]) length += 1;
  return length;
}

/**
 * How many characters from `start` on are words of a language, judged by their pairs of letters, with single
 * separators between them. English letters, and those of languages like it.
 */
export function languageRun(text: string, start: number): number {
  const stretch = STRETCH.exec(text.slice(start, start + LONGEST_LANGUAGE))?.[0].toLowerCase() ?? '';
  let [pairs, common, length] = [0, 0, 0];
  for (let end = 2; end <= stretch.length; end += 1) {
    const pair = stretch.slice(end - 2, end);
    if (!LETTERS.test(pair)) continue;
    pairs += 1;
    if (COMMON_PAIRS.has(pair)) common += 1;
    if (pairs >= LANGUAGE_PAIRS && common >= LANGUAGE_SHARE * pairs) length = end;
  }
  return length;
}

function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : Number.NaN;
}
