import { describe, expect, it } from 'vitest';
import { PlaceReservations } from '../../../../src/controllers/shared/place-reservations.ts';

describe('PlaceReservations', () => {
  it('gives all places to the first owner and none to the next one', () => {
    const reservations = new PlaceReservations();
    expect(reservations.reserve('one', ['a/x', 'b/x'])).toBe(true);
    expect(reservations.reserve('other', ['c/x', 'b/x'])).toBe(false);
    expect(reservations.ownerOf('b/x')).toBe('one');
    expect(reservations.ownerOf('c/x')).toBeUndefined();
  });

  it('lets an owner reserve again what it has', () => {
    const reservations = new PlaceReservations();
    reservations.reserve('one', ['a/x']);
    expect(reservations.reserve('one', ['a/x', 'b/x'])).toBe(true);
  });

  it('frees only what the owner itself had reserved', () => {
    const reservations = new PlaceReservations();
    reservations.reserve('one', ['a/x']);
    reservations.release('other', ['a/x']);
    expect(reservations.ownerOf('a/x')).toBe('one');
    reservations.release('one', ['a/x']);
    expect(reservations.reserve('other', ['a/x'])).toBe(true);
  });
});
