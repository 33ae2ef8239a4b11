import { generateKey } from 'openpgp';
import { expect, test } from 'vitest';
import { openPgpKeyId } from '../../../../src/keys/crypto/openpgp-key-id.ts';

test.each([
  ['version 4', false],
  ['version 6', true],
])('openPgpKeyId is what the library calls the id of a key of %s', async (_name, v6Keys) => {
  const { publicKey } = await generateKey({ userIDs: [{ name: 'files' }], format: 'object', config: { v6Keys } });
  expect(openPgpKeyId(publicKey.getFingerprint())).toBe(publicKey.getKeyID().toHex());
});
