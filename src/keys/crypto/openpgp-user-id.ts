const MAX_USER_IDS = 16;
/** In bytes of UTF-8. OpenPGP.js reads up to 1024, GnuPG up to 2048. */
const MAX_USER_ID_BYTES = 512;

/** Of any alphabet, with the byte order mark, which is as invisible. The schema of CryptoKeys has the same classes. */
const SPACE_AT_AN_END = /^[\p{Z}\uFEFF]|[\p{Z}\uFEFF]$/u;

/**
 * Control characters, line and paragraph ends, lone surrogates, and the marks that turn the direction of
 * writing: with them a name in a list of keys could look like another.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/**
 * User IDs as RFC 9580, 5.11 has them: free text, by convention `Name <address>`.
 *
 * @throws {RangeError} unless there are 1 to 16, all different, each of 1 to 512 bytes, printable and without
 * white space at its ends. Does not quote them.
 */
export function assertUserIds(userIds: readonly string[]): void {
  if (userIds.length < 1 || userIds.length > MAX_USER_IDS) throw refused('there must be 1 to 16 of them');
  if (new Set(userIds).size !== userIds.length) throw refused('two of them are equal');
  for (const userId of userIds) assertUserId(userId);
}

function assertUserId(userId: string): void {
  if (userId.length < 1 || Buffer.byteLength(userId) > MAX_USER_ID_BYTES) throw refused('each has 1 to 512 bytes');
  if (SPACE_AT_AN_END.test(userId)) throw refused('one begins or ends with white space');
  if (UNPRINTABLE.test(userId)) throw refused('one has a control character');
}

function refused(why: string): RangeError {
  return new RangeError(`Cannot use these OpenPGP user IDs: ${why}`);
}
