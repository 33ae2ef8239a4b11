import { expect, test } from 'vitest';
import { samplesOf, sumOf } from '../../support/prometheus-text.ts';

const TEXT = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{verb="GET",resource="secrets"} 3
requests_total{verb="GET",resource="leases"} 4
requests_total{verb="PUT",note="a \\"quoted\\", comma"} 1e+06
requests_total_bytes 7
up 1
`;

test('samplesOf reads labels, quotes in them and exponents', () => {
  expect(samplesOf(TEXT, 'requests_total').at(-1)).toEqual({
    name: 'requests_total',
    labels: { verb: 'PUT', note: 'a \\"quoted\\", comma' },
    value: 1_000_000,
  });
});

test('samplesOf leaves out metrics whose name only begins alike', () => {
  expect(samplesOf(TEXT, 'requests_total')).toHaveLength(3);
});

test('sumOf adds up what carries the labels', () => {
  expect(sumOf(TEXT, 'requests_total', { verb: 'GET' })).toBe(7);
  expect(sumOf(TEXT, 'up')).toBe(1);
  expect(sumOf(TEXT, 'absent')).toBe(0);
});
