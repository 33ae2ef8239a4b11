import { expect, test } from 'vitest';
import { bareKey } from '../../../bench/bare-key.ts';
import { mintableAlgorithms } from '../../../bench/key-speed.ts';
import { publicFacts } from '../../../src/keys/crypto/public-facts.ts';
import { mintedKey } from '../../support/minted-key.ts';

// The two that take seconds differ from the next smaller one in a number alone.
const quick = mintableAlgorithms().filter((algorithm) => !algorithm.endsWith('4096'));

test.each(quick)(
  'bareKey makes a key of %s as we mint it, or the comparison would flatter one of them',
  async (algorithm) => {
    const { material } = await mintedKey(algorithm);
    const bytes = await bareKey(algorithm)();
    const kindOf = async (bytes: Uint8Array): Promise<object> => {
      const { bits, publicKey = '' } = await publicFacts({ ...material, bytes });
      return { bits, publicText: publicKey.split('\n').length > 1 };
    };
    expect(await kindOf(bytes)).toEqual(await kindOf(material.bytes));
  },
);

test('bareKey gives every call another key', async () => {
  const make = bareKey('Ed25519');
  expect(await make()).not.toEqual(await make());
});
