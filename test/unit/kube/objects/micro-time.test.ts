import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMicroTime } from '../../../../src/kube/objects/micro-time.ts';

test('formatMicroTime writes exactly six fraction digits', () => {
  expect(formatMicroTime(new Date('2027-01-02T03:04:05Z'))).toBe('2027-01-02T03:04:05.000000Z');
  expect(formatMicroTime(new Date('2027-01-02T03:04:05.678Z'))).toBe('2027-01-02T03:04:05.678000Z');
});

test('formatMicroTime names the same moment', () => {
  const time = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(time, (moment) => {
      expect(formatMicroTime(moment)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(Date.parse(formatMicroTime(moment))).toBe(moment.getTime());
    }),
  );
});
