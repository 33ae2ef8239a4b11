/** Part of a secret that a searched text contains, without showing it. */
export interface Finding {
  /** Which secret, as the caller named it. */
  readonly secret: string;
  readonly encoding: Encoding;
  /** Where in the text. */
  readonly offset: number;
}

export type Encoding = 'plain' | 'base64' | 'base64url' | 'hex' | 'JSON-escaped';

/** Characters of a secret that must not appear in a row; in base64 and hex as many characters of the encoded form. */
const WINDOW = 12;

interface Needle {
  readonly secret: string;
  readonly encoding: Encoding;
}

/**
 * Searches text for any 12 characters in a row of any of the secrets, as they are, in base64 and base64url at all
 * three alignments, in hex of either case, and escaped as in JSON. One pass over a text, however many secrets.
 */
export class SecretSearch {
  /** By length of the needle. */
  readonly #needles = new Map<number, Map<string, Needle>>();

  /**
   * Adds a secret: text, or bytes that are searched as text only where an encoding makes them text.
   * @param name Tells findings apart; not secret.
   * @throws {RangeError} if it is too short to be told from chance.
   */
  add(name: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret);
    if (bytes.length < WINDOW) throw new RangeError(`Cannot search for ${name}: it is shorter than ${WINDOW} bytes`);
    const text = typeof secret === 'string' ? secret : bytes.toString('latin1');
    this.#addWindows(text, WINDOW, { secret: name, encoding: 'plain' });
    for (let alignment = 0; alignment < 3; alignment += 1) {
      const stable = stableBase64(bytes, alignment);
      this.#addWindows(stable, WINDOW, { secret: name, encoding: 'base64' });
      this.#addWindows(toUrl(stable), WINDOW, { secret: name, encoding: 'base64url' });
    }
    const hex = bytes.toString('hex');
    this.#addWindows(hex, WINDOW, { secret: name, encoding: 'hex' });
    this.#addWindows(hex.toUpperCase(), WINDOW, { secret: name, encoding: 'hex' });
    for (const escape of JSON_ESCAPES) this.#addEscaped(text, escape, { secret: name, encoding: 'JSON-escaped' });
  }

  /** Everything found in one text, each secret and encoding once. */
  find(text: string): readonly Finding[] {
    const found = new Map<string, Finding>();
    for (const [length, needles] of this.#needles) {
      for (let offset = 0; offset + length <= text.length; offset += 1) {
        const needle = needles.get(text.slice(offset, offset + length));
        if (needle === undefined) continue;
        const key = `${needle.secret} ${needle.encoding}`;
        if (!found.has(key)) found.set(key, { ...needle, offset });
      }
    }
    return [...found.values()];
  }

  #addEscaped(text: string, escape: (character: string) => string, needle: Needle): void {
    const characters = [...text];
    for (let start = 0; start + WINDOW <= characters.length; start += 1) {
      this.#add(
        characters
          .slice(start, start + WINDOW)
          .map(escape)
          .join(''),
        needle,
      );
    }
  }

  #addWindows(text: string, length: number, needle: Needle): void {
    for (let start = 0; start + length <= text.length; start += 1) this.#add(text.slice(start, start + length), needle);
  }

  /** The first encoding wins where two write the same. */
  #add(text: string, needle: Needle): void {
    const sameLength = this.#needles.get(text.length) ?? new Map<string, Needle>();
    this.#needles.set(text.length, sameLength);
    if (!sameLength.has(text)) sameLength.set(text, needle);
  }
}

/** What encoders make of one character: as few escapes as JSON allows, slashes too, and everything escaped. */
const JSON_ESCAPES: readonly ((character: string) => string)[] = [
  (character) => JSON.stringify(character).slice(1, -1),
  (character) => (character === '/' ? '\\/' : JSON.stringify(character).slice(1, -1)),
  (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
];

/** The base64 characters that depend on `bytes` alone when `alignment` bytes stand before and any after them. */
function stableBase64(bytes: Buffer, alignment: number): string {
  const encoded = Buffer.concat([Buffer.alloc(alignment), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const isPartial = (alignment + bytes.length) % 3 !== 0;
  return encoded.slice(alignment === 0 ? 0 : alignment + 1, isPartial ? -1 : undefined);
}

function toUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}
