import { expect, test } from 'vitest';
import { bundledPackages } from '../../../../scripts/image/bundled-packages.ts';

const LOCKED = {
  '': { version: '0.1.0' },
  'node_modules/pino': { version: '10.4.0', license: 'MIT', integrity: 'sha512-AA==' },
  'node_modules/@noble/curves': { version: '2.4.0', license: 'MIT' },
  'node_modules/sonic-boom': { version: '5.0.0' },
  'node_modules/pino/node_modules/sonic-boom': { version: '4.0.0' },
  'node_modules/vitest': { version: '5.1.1', dev: true },
  'node_modules/unused': { version: '1.0.0' },
};

test('bundledPackages names each package once, and two versions of one twice', () => {
  const modules = [
    '/src/main.ts',
    '/w/node_modules/pino/lib/a.js',
    '/w/node_modules/pino/lib/b.js',
    '/w/node_modules/@noble/curves/ed25519.js',
    '/w/node_modules/sonic-boom/index.js',
    '/w/node_modules/pino/node_modules/sonic-boom/index.js',
  ];
  expect(bundledPackages(modules, LOCKED).map(({ name, version }) => `${name} ${version}`)).toEqual([
    '@noble/curves 2.4.0',
    'pino 10.4.0',
    'sonic-boom 4.0.0',
    'sonic-boom 5.0.0',
  ]);
});

test('bundledPackages refuses a package that is not locked', () => {
  expect(() => bundledPackages(['/w/node_modules/stray/index.js'], LOCKED)).toThrow('has no node_modules/stray');
});

test('bundledPackages refuses a package that is there for development only', () => {
  expect(() => bundledPackages(['/w/node_modules/vitest/index.js'], LOCKED)).toThrow('for development only');
});
