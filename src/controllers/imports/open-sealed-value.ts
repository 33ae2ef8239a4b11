import { Reason } from '../../api/conditions.ts';
import type { ImportField } from '../../sealing/import-context.ts';
import { openImportMessage } from '../../sealing/import-message.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ReadValue, Unread } from './import-source.ts';

/**
 * What a message holds for one field of an environment. Without the import key nothing can be read, which takes
 * nothing away from what was imported before.
 */
export async function openSealedValue(
  { importKeys, clock }: Pick<KeyPorts, 'importKeys' | 'clock'>,
  { project, kind, namespace, name }: KeyIdentity,
  environment: string,
  field: ImportField,
  message: string,
): Promise<ReadValue | Unread> {
  const { state } = importKeys;
  if (state?.kind !== 'Ready') {
    const missing = 'The installation has no import key; ask the platform team to restore it';
    return { kind: 'Missing', reason: Reason.ImportKeyMissing, message: missing };
  }
  const { installation, keys } = state;
  const context = { installation, project, kind, namespace, name, environment, field };
  const opened = await openImportMessage(keys, message, context, clock.now());
  if (opened.kind === 'Opened') return { kind: 'Read', content: opened.content };
  const refusal = { kind: 'Refused', reason: Reason[opened.reason], message: opened.message } as const;
  return opened.kind === 'Expired' ? { kind: 'Read', content: opened.content, refusal } : refusal;
}
