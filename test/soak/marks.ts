/**
 * How the event stream tells writes of the soak's own people from the operator's. Every edit that a writer makes to a
 * Secret carries a mark that no write before it had; the operator may keep a mark or drop it, but never makes one.
 */
import type { ObjectMeta } from '../../src/kube/objects/objects.ts';

const EDIT_ANNOTATION = 'soak.keywright.dev/edit';
/** On Secrets that belong to somebody else from beginning to end. */
const STRANGER_LABEL = 'soak.keywright.dev/stranger';
const RELEASED = 'released';

export function marked(unique: string): { readonly annotations: Readonly<Record<string, string>> } {
  return { annotations: { [EDIT_ANNOTATION]: unique } };
}

export const STRANGER: Readonly<Record<string, string>> = { [STRANGER_LABEL]: 'true' };

/** Put on a stranger's Secret by its owner before it is deleted. */
export function released(unique: string): { readonly annotations: Readonly<Record<string, string>> } {
  return marked(`${RELEASED}-${unique}`);
}

export function markOf({ annotations }: ObjectMeta): string | undefined {
  return annotations?.[EDIT_ANNOTATION];
}

export function isReleased(metadata: ObjectMeta): boolean {
  return markOf(metadata)?.startsWith(RELEASED) === true;
}

export function isStranger({ labels }: ObjectMeta): boolean {
  return labels?.[STRANGER_LABEL] !== undefined;
}
