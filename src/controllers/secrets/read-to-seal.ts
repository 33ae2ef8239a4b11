import { KeywrightError } from '../../errors.ts';
import { recordName } from '../../sealing/record.ts';
import type { MaterialAddition } from '../../sealing/material.ts';
import { readPlannedToken, type PlannedImports } from '../imports/read-planned.ts';
import type { RecordChange, SealOrder } from '../planning/record-change.ts';
import { readSecretValue, type ReadValue } from './read-secret-value.ts';

/**
 * Reads what a record write is to seal again: from its source, if that is what holds the value, else from the first
 * place that still carries it. What is nowhere cannot be sealed, and a later restore will mint, unless a look has just
 * found it.
 *
 * @param additions Gets what was read, which the caller wipes, also when this throws.
 * @throws KW_SOURCE_CHANGED when what was just seen is gone, KW_SOURCE_UNREADABLE when what is needed may be there and
 *   cannot be read now.
 */
export async function readToSeal(
  imports: PlannedImports,
  { seal, ledger }: Pick<RecordChange, 'seal' | 'ledger'>,
  additions: MaterialAddition[],
): Promise<void> {
  const unread: SealOrder[] = [];
  for (const order of seal) {
    const { environment, version, field } = order;
    const value = await readOne(imports, order);
    if (value.kind === 'Read') additions.push({ environment, version, field, plaintext: value.bytes });
    else if (value.kind === 'Unreachable') unread.push(order);
    // Planned again on the look that found it, the same write would follow again and again.
    else if (order.isSeen === true) throw new KeywrightError('KW_SOURCE_CHANGED', { environment });
  }
  const needed = unread.find(({ isSeen }) => isSeen === true) ?? unread.find(({ isAwaited }) => isAwaited === true);
  if (needed === undefined) return;
  const { ports, identity } = imports;
  const { environment, version } = needed;
  // One wait for all environments.
  const isOver = ports.patience.isOver(`${recordName(identity)}/${ledger.lastVersion}`);
  if (!isOver || needed.isSeen === true) throw new KeywrightError('KW_SOURCE_UNREADABLE', { environment });
  ports.logger.warn(
    { ...identity, environment, version },
    'Sealed nothing of a version: no namespace that holds it can be read',
  );
}

async function readOne(imports: PlannedImports, order: SealOrder): Promise<ReadValue> {
  const { ports, signal } = imports;
  const { environment, hash, places } = order;
  if (order.isReimported === true) {
    return { kind: 'Read', bytes: await readPlannedToken(imports, environment, hash) };
  }
  let value: ReadValue = { kind: 'Absent' };
  for (const place of places) {
    const read = await readSecretValue(ports, place, order, signal);
    if (read.kind === 'Read') return read;
    if (read.kind === 'Unreachable') value = read;
  }
  return value;
}
