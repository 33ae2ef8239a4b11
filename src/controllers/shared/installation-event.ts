import type { InstallationChange } from '../../installation/guard-installation.ts';
import type { KeyEvents } from './key-events.ts';

/** Warns that a Secret of the installation was found changed, and tells what was done about it. */
export function announceChange(events: KeyEvents, { name, namespace, change }: InstallationChange): void {
  const note =
    change === 'Foreign'
      ? 'A Secret of another type has the name of one the operator needs; delete it'
      : 'The Secret was changed or deleted under the running operator and was put back from memory';
  events.record(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
    { type: 'Warning', reason: `Installation${change}`, action: 'Restore', note },
  );
}
