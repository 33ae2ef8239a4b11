/**
 * Cuts what looks like key material out of a line of text: our tokens and signing secrets, private keys in PEM
 * or OpenPGP armour, and bearer JWTs such as service account tokens. Public parts stay readable.
 *
 * The last net before output, for text that slipped through everywhere else. It knows shapes, not meaning:
 * raw key bytes or base64 of a token pass it.
 *
 * Every pattern is linear in the length of the line, and leaves a line of JSON valid.
 */
export function scrub(line: string): string {
  let scrubbed = line;
  for (const [pattern, replacement] of PATTERNS) scrubbed = scrubbed.replace(pattern, replacement);
  return scrubbed;
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/_[0-9A-Za-z]{49}(?![0-9A-Za-z])/g, '_***'],
  [/whsec_[0-9A-Za-z+/=]{16,}/g, 'whsec_***'],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g, '***'],
  // Up to the end of the JSON string; "\n" stands there as backslash and n.
  [/-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----(?:[^"\\]|\\[^"])*/g, '-----BEGIN $1-----***'],
];
