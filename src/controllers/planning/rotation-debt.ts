import { currentVersion, type EnvironmentFacts } from './environment-facts.ts';
import type { EnvironmentEdit } from './record-change.ts';
import { isRevokedOut } from './revocation.ts';

/**
 * What an environment holds that could not follow the others must not come back as it was, nor be copied by them. It
 * owes a rotation, and the ledger remembers that until it gets a new version. Pure.
 */

/** The key rotates and this environment cannot, or is not wanted now. */
export function oweRotation(facts: EnvironmentFacts, edit: EnvironmentEdit): EnvironmentEdit {
  const { rotation, revokedThrough } = facts;
  const { entry } = edit;
  if (rotation === undefined || entry === undefined || !isLeftBehind(facts, edit)) return edit;
  if (currentVersion(entry) === undefined && !isRevokedOut(entry, revokedThrough)) return edit;
  return { ...edit, entry: { ...entry, rotationOwed: true } };
}

/** One edit of an environment, and what it was planned on. */
export type PlannedEdit = readonly [EnvironmentFacts, EnvironmentEdit];

/**
 * A shared key is made anew, for whatever cause: every environment that has another one and gets none now is behind. If
 * its algorithm were asked for again, the others would copy from it what they have given up.
 */
export function oweSharedKey(planned: readonly PlannedEdit[]): readonly EnvironmentEdit[] {
  const isMadeAnew = planned.some(([, { mint }]) => mint?.material.kind === 'Crypto' && mint.material.isShared);
  return planned.map(([facts, edit]) => {
    const { entry } = edit;
    if (!isMadeAnew || entry === undefined || !isLeftBehind(facts, edit)) return edit;
    return currentVersion(entry) === undefined ? edit : { ...edit, entry: { ...entry, rotationOwed: true } };
  });
}

function isLeftBehind({ imported }: EnvironmentFacts, { entry, mint }: EnvironmentEdit): boolean {
  return mint === undefined && imported === undefined && entry?.rotationOwed !== true;
}
