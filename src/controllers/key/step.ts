import type { KeyStatus } from '../../api/key-object.ts';
import type { DeliveryTarget } from '../planning/place-state.ts';
import type { RecordChange } from '../planning/record-change.ts';
import type { WithdrawalTarget } from './secret-work.ts';

/**
 * The next thing to do for one key. act.ts does it, folds the server's answer into the facts and asks again,
 * until nothing is left. The order of the steps is finalizer, record, status, Secrets, record, status; ARCHITECTURE.md
 * says why. What verifiers may no longer accept goes into status before all of them, see docs/adr/0007.
 */
export type Step =
  | { readonly kind: 'ConfirmLive' }
  | { readonly kind: 'AddFinalizer' }
  | { readonly kind: 'WriteRecord'; readonly change: RecordChange }
  | { readonly kind: 'WriteStatus'; readonly status: KeyStatus }
  | { readonly kind: 'Deliver'; readonly targets: readonly DeliveryTarget[] }
  | { readonly kind: 'Withdraw'; readonly targets: readonly WithdrawalTarget[] }
  | { readonly kind: 'RemoveFinalizer' };
