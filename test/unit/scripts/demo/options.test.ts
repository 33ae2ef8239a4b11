import { describe, expect, it } from 'vitest';
import { parseOptions, USAGE } from '../../../../scripts/demo/options.ts';

describe('parseOptions', () => {
  it.each([
    { args: [], want: { once: false } },
    { args: ['--once'], want: { once: true } },
    { args: ['--kubeconfig', 'k'], want: { once: false, kubeconfig: 'k' } },
    { args: ['--once', '--kubeconfig=k'], want: { once: true, kubeconfig: 'k' } },
    { args: ['--kubeconfig=~/k'], want: { once: false, kubeconfig: '/home/me/k' } },
    { args: ['--help'], want: 'help' },
    { args: ['-h', '--once'], want: 'help' },
  ])('reads $args', ({ args, want }) => {
    expect(parseOptions(args, '/home/me')).toEqual(want);
  });

  it.each([{ args: ['--onec'] }, { args: ['once'] }, { args: ['--kubeconfig'] }, { args: ['--kubeconfig='] }])(
    'refuses $args',
    ({ args }) => {
      expect(() => parseOptions(args, '/home/me')).toThrow(TypeError);
    },
  );
});

describe('USAGE', () => {
  it('explains every flag in at most 100 columns', () => {
    for (const flag of ['--once', '--kubeconfig=FILE', '--help'])
      expect(USAGE).toMatch(new RegExp(`^ {2}${flag} `, 'm'));
    expect(USAGE.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});
