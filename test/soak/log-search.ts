import { SecretSearch } from '../support/secret-search.ts';

/** As many tokens are searched for as take a moment; which ones is left to chance. */
const MOST_TOKENS = 400;
/** A token's prefix and key id are public. */
const TOKEN_SECRET = /[0-9A-Za-z]{49}$/;

export interface LogSearch {
  readonly searchedFor: number;
  readonly leaks: readonly string[];
}

/** Searches for the secret part of tokens, also encoded, in lines that an operator logged. */
export function searchLogs(lines: readonly string[], tokens: ReadonlySet<string>): LogSearch {
  const search = new SecretSearch();
  const secrets = [...tokens].flatMap((token) => TOKEN_SECRET.exec(token)?.[0] ?? []).slice(0, MOST_TOKENS);
  for (const [index, secret] of secrets.entries()) search.add(`token ${index}`, secret);
  const found = lines.flatMap((line) => search.find(line).map(({ encoding }) => ({ line: messageOf(line), encoding })));
  return {
    searchedFor: secrets.length,
    leaks: found.map(({ line, encoding }) => `a log line shows a token (${encoding}): ${line}`),
  };
}

/** The line itself is not for showing. */
function messageOf(line: string): string {
  return /"msg":"([^"]{0,40})/.exec(line)?.[1] ?? 'no message';
}
