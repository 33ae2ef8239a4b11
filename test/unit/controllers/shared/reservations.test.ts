import { describe, expect, it } from 'vitest';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import { Reservations } from '../../../../src/controllers/shared/reservations.ts';

const one: KeyIdentity = { project: 'payments', kind: 'ApiKey', namespace: 'config', name: 'one' };
const other: KeyIdentity = { ...one, name: 'other' };

describe('Reservations', () => {
  it('gives all places to the first owner and none to the next one', () => {
    const reservations = new Reservations();
    expect(reservations.reserve(one, ['a/x', 'b/x'])).toBe(true);
    expect(reservations.reserve(other, ['c/x', 'b/x'])).toBe(false);
    expect(reservations.ownerOf('b/x')).toEqual(one);
    expect(reservations.ownerOf('c/x')).toBeUndefined();
  });

  it('lets an owner reserve again what it has', () => {
    const reservations = new Reservations();
    reservations.reserve(one, ['a/x']);
    expect(reservations.reserve(one, ['a/x', 'b/x'])).toBe(true);
  });

  it('frees only what the owner itself had reserved', () => {
    const reservations = new Reservations();
    reservations.reserve(one, ['a/x']);
    reservations.release(other, ['a/x']);
    expect(reservations.ownerOf('a/x')).toEqual(one);
    reservations.release(one, ['a/x']);
    expect(reservations.reserve(other, ['a/x'])).toBe(true);
  });

  it('knows a key of the same name under another project as another owner', () => {
    const reservations = new Reservations();
    reservations.reserve(one, ['a/x']);
    expect(reservations.reserve({ ...one, project: 'billing' }, ['a/x'])).toBe(false);
    expect(reservations.reserve({ ...one }, ['a/x'])).toBe(true);
  });
});
