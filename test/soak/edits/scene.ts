import type { KubeClient } from '../../../src/kube/client/client.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';
import type { DeclaredKey } from '../declared-key.ts';
import type { Dice } from '../dice.ts';
import type { Tenant } from '../tenants.ts';

/** What the five writers share. */
export interface Surroundings {
  /** As an admin, past the faults. */
  readonly client: KubeClient;
  readonly tenants: readonly Tenant[];
  readonly keys: readonly DeclaredKey[];
  /** Secrets as they once were, newest last, to be put back as a restore would. */
  readonly backups: Secret[];
  /** A text that no other edit of this soak has. */
  readonly unique: () => string;
}

/** What one edit has to work with. */
export interface Scene extends Surroundings {
  readonly dice: Dice;
}

/** done: the server took it. missed: there was nothing to edit. */
export type EditOutcome = 'done' | 'missed';

/** @throws {ApiError} if the server does not take it, which is no fault: writers meet each other and namespaces that go. */
export type Edit = (scene: Scene) => Promise<EditOutcome>;
