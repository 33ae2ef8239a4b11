import type { EnvironmentEntry } from '../../sealing/ledger.ts';
import { currentVersion, type EnvironmentFacts } from './environment-facts.ts';
import { isImportedFrom } from './import-facts.ts';
import type { EnvironmentEdit, MintOrder } from './record-change.ts';
import { isRevokedOut } from './revocation.ts';

/**
 * What an environment holds that could not follow the others must not come back as it was, nor be copied by them. It
 * owes a rotation, and the ledger remembers that until it gets a new version. Pure.
 */

/** The key rotates and this environment cannot, or is not wanted now. What was revoked is replaced by order alone. */
export function oweRotation(facts: EnvironmentFacts, edit: EnvironmentEdit): EnvironmentEdit {
  const { rotation, revokedThrough, imported } = facts;
  const { entry, mint } = edit;
  if (rotation === undefined || imported !== undefined || entry === undefined || mint !== undefined) return edit;
  const isReplaced = rotation === 'Triggered' && isRevokedOut(entry, revokedThrough);
  return currentVersion(entry) !== undefined || isReplaced ? inDebt(edit, entry) : edit;
}

/** An environment that imports, and has what its source holds, is where it should be. */
export function withoutPaidDebt(facts: EnvironmentFacts): EnvironmentFacts {
  const { entry, imported } = facts;
  if (entry?.rotationOwed !== true || imported?.kind !== 'Read') return facts;
  if (!isImportedFrom(currentVersion(entry), imported)) return facts;
  const { rotationOwed: _paid, ...rest } = entry;
  return { ...facts, entry: rest };
}

/** One edit of an environment, and what it was planned on. */
export type PlannedEdit = readonly [EnvironmentFacts, EnvironmentEdit];

/**
 * A shared key is made anew or imported, for whatever cause: every environment that has another one and gets none now
 * is behind. If its algorithm were asked for again, the others would copy from it what they have given up. What would be
 * copied in the same write is what is given up: it waits, and then shares what is new.
 */
export function oweSharedKey(planned: readonly PlannedEdit[]): readonly EnvironmentEdit[] {
  const isMadeAnew = planned.some(([, { mint }]) => mint !== undefined && isNewToAll(mint));
  if (!isMadeAnew) return planned.map(([, edit]) => edit);
  return planned.map(([facts, edit]) => {
    const { entry, mint } = edit;
    if (mint?.material.kind === 'Copy') return { entry: facts.entry };
    return entry !== undefined && mint === undefined && isBehind(facts, entry) ? inDebt(edit, entry) : edit;
  });
}

function isNewToAll({ material }: Pick<MintOrder, 'material'>): boolean {
  return (material.kind === 'Crypto' || material.kind === 'Import') && material.isShared;
}

/**
 * What only Secrets have is nothing that others could copy, and would be lost for good: it goes by order alone. What a
 * source says that gives no answer is not known.
 */
function isBehind({ imported, isSealed, materialField }: EnvironmentFacts, entry: EnvironmentEntry): boolean {
  const version = currentVersion(entry);
  if (version === undefined) return false;
  if (!isSealed({ environment: entry.name, version: version.version, field: materialField })) return false;
  return imported === undefined || (imported.kind === 'Read' && !isImportedFrom(version, imported));
}

function inDebt(edit: EnvironmentEdit, entry: EnvironmentEntry): EnvironmentEdit {
  return entry.rotationOwed === true ? edit : { ...edit, entry: { ...entry, rotationOwed: true } };
}
