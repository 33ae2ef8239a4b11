import { keyEdits } from './key-edits.ts';
import { projectEdits } from './project-edits.ts';
import type { Edit } from './scene.ts';
import { secretEdits } from './secret-edits.ts';

const EDITS: Readonly<Record<string, Edit>> = { ...keyEdits, ...secretEdits, ...projectEdits };

/** How often a writer makes an edit while it goes through everything once. */
const TIMES: Readonly<Record<string, number>> = {
  'declare or apply again': 6,
  delete: 5,
  trigger: 10,
  resume: 5,
  'expire never': 6,
  'put the project right': 6,
  'delete a Secret': 4,
  // Takes seconds, in which much else has nothing to work on.
  'recreate a namespace': 1,
  "recreate an author's namespace": 1,
  'revoke as a whole': 1,
};
const USUAL_TIMES = 2;

export interface Card {
  readonly name: string;
  readonly edit: Edit;
}

/** Every edit as often as a writer makes it before it begins anew. */
export const DECK: readonly Card[] = Object.entries(EDITS).flatMap(([name, edit]) =>
  Array.from({ length: TIMES[name] ?? USUAL_TIMES }, () => ({ name, edit })),
);
