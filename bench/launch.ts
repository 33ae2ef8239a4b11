import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** How the program is started: what goes before it. */
export interface Launch {
  readonly env: Readonly<Record<string, string>>;
  /** Of Node. */
  readonly flags: readonly string[];
}

/** What `npm start` gives to Node: the limits of V8's heap, and where compiled code is kept. */
export async function launchOfStart(): Promise<Launch> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return parseLaunch(scripts.start);
}

/**
 * Reads `exec env NAME=value node --flag program.ts`.
 *
 * @throws {Error} if the script is of another form.
 */
export function parseLaunch(script: string): Launch {
  const match = /^exec env (?<env>(?:[A-Z_]+=\S+ )*)node (?<flags>(?:--\S+ )*)\S+[.]ts /.exec(script);
  if (match?.groups === undefined) throw new Error(`The start script has an unknown form: ${script}`);
  const { env = '', flags = '' } = match.groups;
  const variables = words(env).map((word): [string, string] => [
    word.slice(0, word.indexOf('=')),
    word.slice(word.indexOf('=') + 1),
  ]);
  return { env: Object.fromEntries(variables), flags: words(flags) };
}

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
