import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { decodeInstallationSecret, newInstallationSecret } from '../../../src/installation/installation-secret.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { countingBytes } from '../../support/sealing.ts';

const secret = newInstallationSecret('keywright', countingBytes());
const withData = (changes: object): Secret => ({ ...secret, data: { ...secret.data, ...changes } });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('newInstallationSecret', () => {
  test('names the namespace, the type and the component', () => {
    expect(secret).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'keywright-installation',
        namespace: 'keywright',
        labels: { 'keywright.dev/component': 'installation' },
      },
      type: 'keywright.dev/installation',
    });
  });

  test('takes id, key id and key from the random source', () => {
    const other = newInstallationSecret('keywright', (length) => new Uint8Array(length).fill(200));
    expect(other.data?.['id']).not.toBe(secret.data?.['id']);
    expect(other.data?.['macKeys']).not.toBe(secret.data?.['macKeys']);
  });
});

describe('decodeInstallationSecret', () => {
  test('reads back id and MAC keys', () => {
    const decoded = decodeInstallationSecret(secret);
    expect(decoded).toMatchObject({ state: 'valid', installation: { id: '01'.repeat(16) } });
    assert(decoded.state === 'valid');
    expect(decoded.installation.macKeys.signingKeyId).toBe(`mac-${'02'.repeat(8)}`);
  });

  test('yields the same signatures from the same Secret', () => {
    const [one, other] = [decodeInstallationSecret(secret), decodeInstallationSecret(secret)];
    assert(one.state === 'valid' && other.state === 'valid');
    expect(other.installation.macKeys.verify('l', ['a'], one.installation.macKeys.sign('l', ['a']))).toBe(true);
  });

  const refused: readonly { name: string; value: Secret; problem: string }[] = [
    { name: 'another type', value: { ...secret, type: 'Opaque' }, problem: 'WrongType' },
    { name: 'no data', value: { metadata: secret.metadata, type: 'keywright.dev/installation' }, problem: 'Malformed' },
    { name: 'an id of another form', value: withData({ id: base64('my-cluster') }), problem: 'Malformed' },
    { name: 'keys that are no JSON', value: withData({ macKeys: base64('canary') }), problem: 'Malformed' },
    { name: 'keys of a newer format', value: withData({ macKeys: base64('{"format":2}') }), problem: 'UnknownFormat' },
  ];
  test.each(refused)('says $problem for $name', ({ value, problem }) => {
    expect(decodeInstallationSecret(value)).toEqual({ state: 'invalid', problem });
  });

  test('yields what shows no key when inspected or serialised', () => {
    const decoded = decodeInstallationSecret(secret);
    const shown = inspect(decoded, { depth: 9, showHidden: true }) + JSON.stringify(decoded);
    expect(shown).not.toMatch(/3,\s*3,\s*3|03 03 03|AwMDAw/);
  });
});
