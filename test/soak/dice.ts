import type { Random } from '../../src/clock.ts';

/** Choices that a seed decides. */
export interface Dice {
  /** @throws {RangeError} if there is nothing to choose from. */
  pick<T>(choices: readonly T[]): T;
  chance(probability: number): boolean;
  /** From 0 up to, not including, `end`. */
  below(end: number): number;
}

export function diceOf(random: Random): Dice {
  const below = (end: number): number => Math.floor(random() * end);
  return {
    below,
    chance: (probability) => random() < probability,
    pick: <T>(choices: readonly T[]): T => {
      if (choices.length === 0) throw new RangeError('Cannot choose from nothing');
      return choices[below(choices.length)] as T;
    },
  };
}

/** A new order of the same items. */
export function shuffled<T>(items: readonly T[], dice: Dice): readonly T[] {
  const rest = [...items];
  const order: T[] = [];
  while (rest.length > 0) order.push(...rest.splice(dice.below(rest.length), 1));
  return order;
}
