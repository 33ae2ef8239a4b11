import { describe, expect, it } from 'vitest';
import { licenceFaults, licencesOf } from '../../../../scripts/generate/licence-rules.ts';

const LOCKED = {
  '': { license: 'Apache-2.0' },
  'node_modules/pino': { license: 'MIT' },
  'node_modules/pino/node_modules/once': { license: 'ISC' },
  'node_modules/once': { license: 'ISC' },
  'node_modules/@noble/curves': { license: 'MIT' },
  'node_modules/minipass': { license: 'BlueOak-1.0.0', dev: true },
  'node_modules/rolldown': { license: 'Apache-2.0 AND MIT', dev: true },
  'node_modules/ssh2': { dev: true },
};

describe('licences', () => {
  it('lists each package once under its licence, the operator apart from its tools', () => {
    expect([...licencesOf(LOCKED, 'operator')]).toEqual([
      ['ISC', ['once']],
      ['MIT', ['@noble/curves', 'pino']],
    ]);
    expect([...licencesOf(LOCKED, 'tools')]).toEqual([
      ['Apache-2.0 AND MIT', ['rolldown']],
      ['BlueOak-1.0.0', ['minipass']],
      ['MIT', ['ssh2']],
    ]);
    expect(licenceFaults(LOCKED)).toEqual([]);
  });

  it.each([
    [
      'one that tools may have',
      { license: 'MPL-2.0' },
      'the licence MPL-2.0 is not among those we take for what we ship',
    ],
    ['one of two', { license: 'MIT AND AGPL-3.0', dev: true }, 'the licence MIT AND AGPL-3.0 is not among those'],
    ['none at all', {}, 'the licence unknown is not among those'],
  ])('refuses %s', (_name, locked, says) => {
    expect(licenceFaults({ ...LOCKED, 'node_modules/odd': locked })).toEqual([expect.stringContaining(`odd: ${says}`)]);
  });
});
