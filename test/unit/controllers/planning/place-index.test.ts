import { expect, test } from 'vitest';
import { placeAt } from '../../../../src/controllers/planning/place-index.ts';
import { placeKey } from '../../../../src/controllers/planning/secret-view.ts';
import { EU, held, owed, US } from '../../../support/facts.ts';

test('placeAt finds a place by its name, in each list its own', () => {
  const before = [held(EU), held(US)];
  const after = [owed(EU)];
  expect(placeAt(before, placeKey(held(EU)))).toBe(before[0]);
  expect(placeAt(after, placeKey(held(EU)))).toBe(after[0]);
  expect(placeAt(before, placeKey(held(US)))).toBe(before[1]);
  expect(placeAt(after, placeKey(held(US)))).toBeUndefined();
});
