import { describe, expect, test } from 'vitest';
import { messageYaml, readManifest, withMessage } from '../../../src/cli/manifest.ts';

const MESSAGE = '-----BEGIN PGP MESSAGE-----\n\nabc=\n-----END PGP MESSAGE-----\n';
const block = (indent: number): string =>
  MESSAGE.trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`))
    .join('\n');

const APIKEY = `# Who calls the charge API.
apiVersion: keywright.dev/v1alpha1
kind: ApiKey
metadata: {name: checkout, namespace: payments-config} # declared by GitOps
spec:
  project: payments

  environments:
  - name: staging
  # The old one, until the partner can rotate.
  - name: production # live
    expiresAt: "2027-06-30T00:00:00Z"
  owner: {name: 'Checkout', email: checkout@example.com}
`;
const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: payments-config\n---\n';

function patched(text: string, environment = 'production', field: 'token' | 'key' | 'passphrase' = 'token'): string {
  return withMessage(readManifest(text, {}), environment, field, MESSAGE);
}

describe('withMessage', () => {
  test('adds the lines of the message and changes no other', () => {
    const line = '    expiresAt: "2027-06-30T00:00:00Z"\n';
    const added = `    import:\n      openpgpMessage: |\n${block(8)}\n`;
    expect(patched(APIKEY)).toBe(APIKEY.replace(line, line + added));
  });

  test('keeps the line ends of a file from Windows', () => {
    const windows = (text: string): string => text.replaceAll('\n', '\r\n');
    expect(patched(windows(NAMESPACE + APIKEY))).toBe(windows(NAMESPACE + patched(APIKEY)));
  });

  test('keeps the other documents of the file', () => {
    expect(patched(NAMESPACE + APIKEY)).toBe(NAMESPACE + patched(APIKEY));
  });

  test('replaces an older message', () => {
    expect(patched(patched(APIKEY).replace('abc=', 'old='))).toBe(patched(APIKEY));
  });

  test('puts a message for all environments under spec', () => {
    const added = `  import:\n    openpgpMessage: |\n${block(6)}\n`;
    expect(patched(APIKEY, '*')).toBe(APIKEY + added);
  });

  test('puts a passphrase beside the key', () => {
    const given = `${APIKEY.replace('ApiKey', 'CryptoKey')}  import:\n    secretKeyRef: {name: a, key: b}\n`;
    const added = `    passphraseOpenpgpMessage: |\n${block(6)}\n`;
    expect(patched(given, '*', 'passphrase')).toBe(given + added);
  });

  test('opens braces that a block of text does not fit into', () => {
    const given = APIKEY.replace('  - name: staging\n', '  - {name: staging}\n');
    expect(patched(given, 'staging')).toContain(
      `  - name: staging\n    import:\n      openpgpMessage: |\n${block(8)}\n`,
    );
  });

  test('keeps lists that are indented', () => {
    const given = APIKEY.replaceAll(/^ {2}(- name| {2}expires|# The)/gm, '    $1');
    expect(patched(given).split('\n')).toEqual(expect.arrayContaining(given.trimEnd().split('\n')));
  });

  test.each<[string, string, string, RegExp]>([
    ['an environment that is not there', APIKEY, 'qa', /no "qa"; add that first/],
    [
      'a rival source',
      APIKEY.replace('staging\n', 'staging\n    import: {secretKeyRef: {name: a, key: b}}\n'),
      'staging',
      /import.secretKeyRef already/,
    ],
  ])('refuses %s', (_name, text, environment, message) => {
    expect(() => patched(text, environment)).toThrow(message);
  });
});

describe('readManifest', () => {
  test('tells for which object to seal', () => {
    expect(readManifest(APIKEY, {}).place).toEqual({
      kind: 'ApiKey',
      namespace: 'payments-config',
      name: 'checkout',
      project: 'payments',
    });
  });

  test('takes from flags what Git leaves out', () => {
    const given = APIKEY.replace(', namespace: payments-config', '');
    expect(readManifest(given, { namespace: 'elsewhere' }).place.namespace).toBe('elsewhere');
    expect(() => readManifest(given, {})).toThrow('has no metadata.namespace; give --namespace');
  });

  test('finds one of several keys by its name', () => {
    const both = `${APIKEY}---\n${APIKEY.replace('checkout,', 'other,')}`;
    expect(readManifest(both, { name: 'other' }).place.name).toBe('other');
    expect(() => readManifest(both, {})).toThrow('say which with --kind and --name');
  });

  test.each<[string, string, object, RegExp]>([
    ['text that is no YAML', 'a: [Hunter2', {}, /it is not YAML/],
    ['another kind of object', NAMESPACE, {}, /no ApiKey or CryptoKey/],
    ['an ApiKey of another group', APIKEY.replace('keywright.dev', 'other.dev'), {}, /no ApiKey or CryptoKey/],
    ['a flag that disagrees', APIKEY, { project: 'other' }, /--project and spec.project of the manifest differ/],
  ])('refuses %s, and quotes nothing', (_name, text, given, message) => {
    expect(() => readManifest(text, given)).toThrow(message);
    expect(() => readManifest(text, given)).not.toThrow('Hunter2');
  });
});

test('messageYaml gives what stands in spec', () => {
  expect(messageYaml('production', 'token', MESSAGE)).toBe(
    `spec:\n  environments:\n    - name: production\n      import:\n        openpgpMessage: |\n${block(10)}\n`,
  );
  expect(messageYaml('*', 'key', MESSAGE)).toBe(`spec:\n  import:\n    openpgpMessage: |\n${block(6)}\n`);
});
