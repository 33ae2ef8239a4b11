/** Longest prefix of a token, in characters: 12 company + 2 type + 12 environment + 2 separators make 28 today. */
const MAX_PREFIX_LENGTH = 32;

const PREFIX = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** `sk` for a key that must stay on a server, `pk` for one that may be published. */
export type TokenTypeCode = 'sk' | 'pk';

export interface TokenPrefixParts {
  /** The project's company marker; absent: none. */
  readonly projectPrefix?: string | undefined;
  readonly typeCode: TokenTypeCode;
  /** The environment's code, for example "live". */
  readonly environmentCode: string;
}

/**
 * Composes the public first part of a token, `[<projectPrefix>_]<sk|pk>_<environmentCode>`: "acme_sk_live".
 *
 * @throws {RangeError} if the result is longer than 32 characters or not made of `[a-z0-9]` words joined by
 * `_`, the first one starting with a letter.
 */
export function composeTokenPrefix({ projectPrefix, typeCode, environmentCode }: TokenPrefixParts): string {
  const words = [typeCode, environmentCode];
  const prefix = (projectPrefix === undefined ? words : [projectPrefix, ...words]).join('_');
  assertTokenPrefix(prefix);
  return prefix;
}

/** @throws {RangeError} if `isTokenPrefix` says no. */
export function assertTokenPrefix(prefix: string): void {
  if (!isTokenPrefix(prefix)) {
    throw new RangeError(
      `Cannot use the token prefix: it must be lowercase words joined by "_", start with a letter and have at most ${MAX_PREFIX_LENGTH} characters`,
    );
  }
}

/** Whether a text may stand before a key id. The length is looked at first, so long input costs nothing. */
export function isTokenPrefix(text: string): boolean {
  return text.length <= MAX_PREFIX_LENGTH && PREFIX.test(text);
}
