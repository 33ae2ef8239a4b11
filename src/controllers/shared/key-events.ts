import type { KubeObject } from '../../kube/objects/objects.ts';

/** One event for each change, none for plans. Reason and action are CamelCase and an API like condition reasons. */
export interface KeyEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  /** At most 1024 characters. */
  readonly note: string;
}

/** Records an event about an object. Never throws and never waits. */
export interface KeyEvents {
  record(regarding: KubeObject, event: KeyEvent): void;
}
