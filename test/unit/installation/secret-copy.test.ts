import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { newKeyringSecret } from '../../../src/installation/keyring-secret.ts';
import { SecretCopy } from '../../../src/installation/secret-copy.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import { countingBytes } from '../../support/sealing.ts';

const made = newKeyringSecret('keywright', countingBytes());
const live: Secret = {
  ...made,
  metadata: { ...made.metadata, uid: 'u', resourceVersion: '7', creationTimestamp: '2027-01-01T00:00:00Z' },
};
const copy = new SecretCopy(live);

describe('SecretCopy', () => {
  test('leaves out of its body what the API server adds', () => {
    expect(copy.body()).toEqual(made);
  });

  test('puts our bytes over a live Secret and keeps its metadata', () => {
    const edited = { ...live, data: { keks: 'AAAA', more: 'AAAA' } };
    expect(copy.over(edited)).toEqual(live);
  });

  test("neither posts nor puts back kubectl's and others' copies of the bytes", () => {
    const copies = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'kapp.k14s.io/original': '{}' };
    const annotated: Secret = { ...live, metadata: { ...live.metadata, annotations: { ...copies, note: 'kept' } } };
    expect(new SecretCopy(annotated).body().metadata.annotations).toEqual({ note: 'kept' });
    expect(copy.over(annotated).metadata).toEqual({ ...live.metadata, annotations: { note: 'kept' } });
  });

  const same: readonly { name: string; secret: Secret }[] = [
    { name: 'another resourceVersion', secret: { ...live, metadata: { ...live.metadata, resourceVersion: '8' } } },
    { name: 'another label', secret: { ...live, metadata: { ...live.metadata, labels: { backup: 'yes' } } } },
    { name: 'the immutable flag', secret: { ...live, immutable: true } },
  ];
  test.each(same)('matches a Secret with $name', ({ secret }) => {
    expect(copy.matches(secret)).toBe(true);
  });

  const different: readonly { name: string; secret: Secret }[] = [
    { name: 'another value', secret: { ...live, data: { keks: 'AAAA' } } },
    { name: 'one more value', secret: { ...live, data: { ...live.data, more: '' } } },
    { name: 'no data', secret: { metadata: live.metadata, type: 'keywright.dev/keyring' } },
    { name: 'another type', secret: { ...live, type: 'Opaque' } },
  ];
  test.each(different)('does not match a Secret with $name', ({ secret }) => {
    expect(copy.matches(secret)).toBe(false);
  });

  test('shows no value when inspected or serialised', () => {
    const shown = inspect(copy, { depth: 9, showHidden: true }) + JSON.stringify(copy);
    expect(shown).not.toContain(live.data?.['keks']);
  });

  test('cannot be made of a Secret without a namespace', () => {
    expect(() => new SecretCopy({ ...made, metadata: { name: 'x' } })).toThrow(TypeError);
  });
});
