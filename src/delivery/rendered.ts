import { FORMATS } from '../keys/crypto/formats/table.ts';

/** Data key of the Secret that holds the passphrase of a key. */
export const PASSPHRASE_KEY = 'passphrase';

/** Every data key that a Secret of a CryptoKey may have. */
export const RENDERED_KEYS: readonly string[] = [
  PASSPHRASE_KEY,
  ...Object.values(FORMATS).flatMap(({ secretDataKey, publicDataKey }) =>
    [secretDataKey, publicDataKey].filter((key) => key !== undefined),
  ),
];
