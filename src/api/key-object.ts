import type { Condition } from '../kube/objects/conditions.ts';
import type { ObjectMeta } from '../kube/objects/objects.ts';
import type { MintCause } from '../sealing/ledger.ts';

/** What keys of every kind say alike. The generated types of each kind say the rest. */
export interface KeyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: KeySpec;
  readonly status?: KeyStatus;
}

export interface KeySpec {
  readonly project: string;
  readonly type: string;
  readonly environments: readonly { readonly name: string; readonly expiresAt?: string }[];
  readonly suspended?: boolean;
  readonly expiresAt?: string;
  readonly outputs?: readonly { readonly name: string; readonly secretName?: string }[];
  readonly rotation?: { readonly interval?: string; readonly overlap?: string; readonly trigger?: string };
  readonly revocation?: {
    readonly reason: 'Unspecified' | 'Compromised' | 'Superseded' | 'Retired';
    readonly throughVersion?: number;
  };
  readonly deletionPolicy?: 'Delete' | 'Retain';
  readonly recoveryWindow?: string;
}

export interface KeyStatus {
  readonly observedGeneration?: number;
  readonly state?: KeyState;
  readonly version?: number;
  readonly createdAt?: string;
  readonly rotatedAt?: string;
  readonly nextRotationAt?: string;
  readonly revokedAt?: string;
  readonly expiresAt?: string;
  readonly deployment?: {
    readonly success: boolean;
    readonly message: string;
    readonly ready: number;
    readonly total: number;
  };
  readonly ledger?: { readonly sequence: number; readonly mac: string };
  readonly sealing?: { readonly provider: string; readonly kekId: string };
  readonly summary?: {
    readonly environments?: string;
    readonly keyId?: string;
    readonly expires?: string;
    readonly nextRotation?: string;
  };
  readonly environments?: readonly KeyEnvironmentStatus[];
  readonly conditions?: readonly Condition[];
}

export type KeyState = 'Pending' | 'Active' | 'Rotating' | 'Suspended' | 'Expired' | 'Revoked';

export interface KeyEnvironmentStatus {
  readonly name: string;
  readonly state: KeyState | 'Withdrawn';
  /** When `state` became what it is. */
  readonly stateSince?: string;
  /** When withdrawn material that waits sealed is destroyed. */
  readonly destroyAt?: string;
  readonly success: boolean;
  readonly message?: string;
  readonly versions?: readonly KeyVersionStatus[];
  readonly namespaces?: readonly KeyNamespaceStatus[];
}

export interface KeyVersionStatus {
  readonly version: number;
  readonly state: 'Current' | 'Retiring' | 'Revoked';
  /** When `state` became what it is. */
  readonly stateSince?: string;
  readonly cause?: MintCause;
  readonly keyId: string;
  /** Names what verifiers or consumers accept: the hash of a token, the keyed hash of a key. */
  readonly hash: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly retireAt?: string;
}

export interface KeyNamespaceStatus {
  readonly name: string;
  readonly success: boolean;
  readonly reason?: string;
  readonly message?: string;
  readonly version?: number;
  readonly lastTransitionTime: string;
}
