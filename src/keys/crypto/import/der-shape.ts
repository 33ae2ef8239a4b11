/** What a DER file holds, told from the types of the outermost elements alone. */
export type DerShape =
  'Pkcs8' | 'EncryptedPkcs8' | 'Pkcs1' | 'Sec1' | 'Spki' | 'Pkcs1Public' | 'Certificate' | 'Pkcs12';

/** One element: its tag byte and its content (a view, not a copy). */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

export const DER_INTEGER = 0x02;
export const DER_OCTET_STRING = 0x04;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_SEQUENCE = 0x30;

// One letter an element: I integer, B bit string, O octet string, S sequence, [ context tag.
const LETTERS: Readonly<Record<number, string>> = {
  [DER_INTEGER]: 'I',
  3: 'B',
  [DER_OCTET_STRING]: 'O',
  [DER_SEQUENCE]: 'S',
};
const SHAPES: readonly (readonly [RegExp, DerShape])[] = [
  [/^ISO\[*$/, 'Pkcs8'], // RFC 5958
  [/^SO$/, 'EncryptedPkcs8'],
  [/^I{9}S?$/, 'Pkcs1'], // RFC 8017 A.1.2, the last one in multi-prime keys only
  [/^IO\[*$/, 'Sec1'], // RFC 5915
  [/^SB$/, 'Spki'],
  [/^II$/, 'Pkcs1Public'],
  [/^SSB$/, 'Certificate'], // and certificate requests
  [/^ISS?$/, 'Pkcs12'], // RFC 7292
];

/** Undefined if the bytes are not one whole DER sequence of a known kind, to the last byte. */
export function derShape(bytes: Uint8Array): DerShape | undefined {
  const [outer, ...others] = derElements(bytes) ?? [];
  if (outer?.tag !== DER_SEQUENCE || others.length > 0) return undefined;
  const letters = derElements(outer.content)?.map(({ tag }) => LETTERS[tag] ?? (tag >= 0x80 ? '[' : '?'));
  return letters && SHAPES.find(([shape]) => shape.test(letters.join('')))?.[1];
}

/** The elements one after another, undefined if one runs past the end or has a length DER does not know. */
export function derElements(bytes: Uint8Array): readonly DerElement[] | undefined {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    if (tag === undefined || first === undefined || first === 0x80 || first > 0x83) return undefined;
    const lengthBytes = first & 0x80 ? first & 0x7f : 0;
    let length = lengthBytes === 0 ? first : 0;
    for (const byte of bytes.subarray(at + 2, at + 2 + lengthBytes)) length = length * 256 + byte;
    const start = at + 2 + lengthBytes;
    at = start + length;
    if (at > bytes.length) return undefined;
    elements.push({ tag, content: bytes.subarray(start, at) });
  }
  return elements;
}
