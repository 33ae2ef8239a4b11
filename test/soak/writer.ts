import { setTimeout as pause } from 'node:timers/promises';
import { ApiError } from '../../src/kube/errors/api-error.ts';
import { shuffled, type Dice } from './dice.ts';
import { DECK } from './edits/deck.ts';
import type { EditOutcome, Surroundings } from './edits/scene.ts';

/** How often each edit met which outcome. refused: the server did not take it, as when a namespace is going. */
export type EditCounts = Map<string, Record<EditOutcome | 'refused', number>>;

/** Between two edits of one writer. */
const LONGEST_PAUSE_MS = 600;

/**
 * One of the writers: goes through the deck in an order of its own, again and again, until `signal` aborts.
 *
 * @throws what an edit failed with that is no answer of the server.
 */
export async function write(
  surroundings: Surroundings,
  dice: Dice,
  counts: EditCounts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { name, edit } of shuffled(DECK, dice)) {
      if (signal.aborted) return;
      const outcome = await edit({ ...surroundings, dice }).catch(refused);
      const count = counts.get(name) ?? { done: 0, missed: 0, refused: 0 };
      counts.set(name, { ...count, [outcome]: count[outcome] + 1 });
      await pause(dice.below(LONGEST_PAUSE_MS));
    }
  }
}

function refused(error: unknown): 'refused' {
  if (error instanceof ApiError) return 'refused';
  throw error;
}
