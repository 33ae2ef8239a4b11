import { expect, test } from 'vitest';
import { Contenders } from '../../../../../src/controllers/key/wake/contenders.ts';

const PLACE = 'eu/checkout';

test('Contenders wakes who waits for a place once', () => {
  const contenders = new Contenders();
  contenders.wait(PLACE, 'config/one');
  contenders.wait(PLACE, 'config/two');
  expect(contenders.take(PLACE)).toEqual(['config/one', 'config/two']);
  expect(contenders.take(PLACE)).toEqual([]);
});

test('Contenders forgets all that a key waits for, and only that', () => {
  const contenders = new Contenders();
  for (const key of ['config/gone', 'config/stays']) {
    contenders.wait(PLACE, key);
    contenders.waitForRoom('payments', key);
    contenders.waitForNamespace('eu', key);
  }
  contenders.forget('config/gone');
  expect(contenders.take(PLACE)).toEqual(['config/stays']);
  expect(contenders.takeRoom('payments')).toEqual(['config/stays']);
  expect(contenders.takeNamespace('eu')).toEqual(['config/stays']);
});
