// Generated from crds/ by scripts/generate/types.ts. Do not edit: change the CRD and generate again.
import type { Condition } from '../../kube/objects/conditions.ts';
import type { ObjectMeta } from '../../kube/objects/objects.ts';

/**
 * KeyProject says, for one project, which namespaces make up each environment, which namespaces may declare keys, and what those keys may be. Platform teams own it; authors of keys name a project and its environments and never a namespace.
 *
 * Whoever may write a KeyProject decides where key material is delivered. Grant that right like the right to write Secrets in every namespace.
 *
 * Its name is a DNS label of at most 63 characters. Deleting it is held by the finalizer keywright.dev/finalizer while keys that have been issued still use it, so that a pruned KeyProject never revokes keys.
 */
export interface KeyProject {
  readonly apiVersion: 'keywright.dev/v1alpha1';
  readonly kind: 'KeyProject';
  readonly metadata: ObjectMeta;
  readonly spec: KeyProjectSpec;
  readonly status?: KeyProjectStatus;
}

/**
 * What the platform team declares. Narrowing it (an environment, an author namespace or a policy taken away) freezes the keys it no longer covers: what is delivered stays, nothing new is issued.
 */
export interface KeyProjectSpec {
  /**
   * Name for people, for example "Payments".
   *
   * Mutable. When absent, tools show metadata.name. The controller does nothing with it.
   */
  readonly displayName?: string;
  /**
   * Group that this project belongs to, for example "acme". A label value: letters, digits, '-', '_' and '.', at most 63.
   *
   * Mutable. When absent, Secrets carry no company label. When present, the controller puts it on every delivered Secret as the label keywright.dev/company, also after a change.
   */
  readonly company?: string;
  readonly owner?: KeyProjectSpecOwner;
  /**
   * Namespaces in which keys of this project may be declared, for example [payments-config]. At most 64.
   *
   * Mutable. When absent or empty, no namespace may. A key declared elsewhere is not accepted (Accepted False, reason NamespaceNotAllowed). A namespace taken away freezes the keys declared there.
   */
  readonly authorNamespaces?: readonly string[];
  /**
   * Company marker at the start of every token, for example "acme" in acme_sk_live_<key id>_<secret>. A lower-case letter, then lower-case letters and digits, at most 12. Public: it appears in logs and in the rules of secret scanners.
   *
   * Mutable; a change applies to versions issued after it. When absent, tokens start with sk_ or pk_.
   */
  readonly tokenPrefix?: string;
  /**
   * The environments authors may name, 1 to 16, identified by name. Each key gets a token of its own per environment.
   *
   * Mutable. Required. An environment taken away freezes what keys have delivered there; put back, they go on. Where selectors make a namespace belong to two environments, the first in this list keeps it and the other reports NamespaceTaken.
   */
  readonly environments: readonly KeyProjectSpecEnvironment[];
  readonly policy?: KeyProjectSpecPolicy;
}

/**
 * Who to ask about this project, for example {name: Payments platform, email: payments@example.com}.
 *
 * Mutable. When absent, nobody is named. The controller does nothing with it.
 */
export interface KeyProjectSpecOwner {
  /**
   * Team or person, for example "Payments platform".
   *
   * Mutable. When absent, the OWNER column stays empty. The controller does nothing with it.
   */
  readonly name?: string;
  /**
   * Address that reaches the owner, for example "payments@example.com".
   *
   * Mutable. When absent, no address is known. The controller sends nothing to it.
   */
  readonly email?: string;
}

/**
 * One environment and the namespaces it stands for.
 */
export interface KeyProjectSpecEnvironment {
  /**
   * What authors write in spec.environments of a key, for example "production". A DNS label, at most 63 characters.
   *
   * Identifies the entry: another name is another environment. Required.
   */
  readonly name: string;
  /**
   * Namespaces that receive the keys of this environment, for example [payments-prod-eu]. At most 64; beyond that use namespaceSelector. The operator's own namespace is never served, listed or selected.
   *
   * Mutable. When absent, only namespaceSelector counts. The controller delivers as soon as a namespace exists, reports one that does not as missing in status.environments, and withdraws its Secrets from one that leaves the environment.
   */
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: KeyProjectSpecEnvironmentNamespaceSelector;
  /**
   * Part of every token that tells the environment, for example "live" in sk_live_<key id>_<secret>. Lower-case letters and digits, at most 12. Public.
   *
   * Mutable; a change applies to versions issued after it. When absent: the name of the environment with everything but lower-case letters and digits removed, and of that the first 12 characters.
   */
  readonly tokenCode?: string;
  /**
   * True stops delivery to this environment: nothing new is issued or written here, what is there stays and keeps working.
   *
   * Mutable. When absent: false. The environment does not count in the Ready condition of keys while it is suspended. Revocation and expiry still take Secrets away.
   */
  readonly suspended?: boolean;
}

/**
 * Adds every namespace whose labels match, for example {matchLabels: {tenant: payments, tier: prod}}. All parts must match. It trusts whoever may label namespaces: that person can route keys.
 *
 * Mutable. When absent, only namespaces counts. A selector that is empty, or that only excludes, would match nearly every namespace and is refused. The controller delivers to a namespace as soon as it matches and withdraws its Secrets when it no longer does.
 */
export interface KeyProjectSpecEnvironmentNamespaceSelector {
  /**
   * Labels that a namespace must carry with exactly these values. At most 16.
   *
   * Mutable. When absent, only matchExpressions counts. The controller re-evaluates every namespace after a change.
   */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /**
   * Further requirements on labels, for example [{key: tier, operator: In, values: [prod, canary]}]. At most 16.
   *
   * Mutable. When absent, only matchLabels counts. The controller re-evaluates every namespace after a change.
   */
  readonly matchExpressions?: readonly KeyProjectSpecEnvironmentNamespaceSelectorMatchExpression[];
}

/**
 * One requirement on one label.
 */
export interface KeyProjectSpecEnvironmentNamespaceSelectorMatchExpression {
  /**
   * Key of the label, for example "tier". Required.
   *
   * Mutable. The controller re-evaluates every namespace after a change.
   */
  readonly key: string;
  /**
   * How the label is compared: In and NotIn with values, Exists and DoesNotExist without. Required. NotIn and DoesNotExist also match a namespace without the label.
   *
   * Mutable. The controller re-evaluates every namespace after a change.
   */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Label values for In and NotIn, for example [prod, canary]. 1 to 64.
   *
   * Mutable. Absent exactly for Exists and DoesNotExist. The controller re-evaluates every namespace after a change.
   */
  readonly values?: readonly string[];
}

/**
 * What keys of this project may be.
 *
 * Mutable. When absent, each field below counts as absent. A key that does not conform is not accepted (Accepted False, reason PolicyViolation); one that was issued before is frozen: what is delivered stays.
 */
export interface KeyProjectSpecPolicy {
  /**
   * Types of ApiKey that may be declared, for example [Secret].
   *
   * Mutable. When absent: both, Secret and Publishable; an empty list allows none. The controller does not accept an ApiKey of another type.
   */
  readonly apiKeyTypes?: readonly ('Secret' | 'Publishable')[];
  /**
   * Algorithms that a CryptoKey may have, for example [RSA-3072, AES-256, Ed25519].
   *
   * Mutable. When absent: all but the legacy ones, DES and DESede; an empty list allows none. The controller does not accept a CryptoKey of another algorithm, whether declared or found in an import.
   */
  readonly algorithms?: readonly (
    | 'AES-128'
    | 'AES-192'
    | 'AES-256'
    | 'HMAC-SHA256'
    | 'HMAC-SHA384'
    | 'HMAC-SHA512'
    | 'DES'
    | 'DESede'
    | 'RSA-2048'
    | 'RSA-3072'
    | 'RSA-4096'
    | 'EC-P256'
    | 'EC-P384'
    | 'EC-P521'
    | 'Ed25519'
    | 'Ed448'
    | 'X25519'
    | 'X448'
    | 'OpenPGP-ECC'
    | 'OpenPGP-RSA-3072'
    | 'OpenPGP-RSA-4096'
  )[];
  /**
   * Scopes that authors may grant to an ApiKey, for example ["charges.*", "refunds.read"]. At most 64. A '*' at the end stands for any rest, so "charges.*" allows "charges.read" and "charges.read.own"; "*" alone allows every scope.
   *
   * Mutable. When absent or empty, a key may carry no scope. Narrowed, verifiers at once refuse the scopes taken away, and a key that declares one of them is frozen.
   */
  readonly scopes?: readonly string[];
  /**
   * Shortest overlap that a key may declare, for example "1h": the time in which consumers move to a new version. Hours, minutes and seconds in this order, at most 8760h (one year).
   *
   * Mutable. When absent: 0s. A key with a shorter rotation.overlap is not accepted. Revocation has no overlap and is exempt.
   */
  readonly minOverlap?: string;
  /**
   * Shortest time between two rotations, for example "1h". Hours, minutes and seconds in this order, at most 8760h (one year).
   *
   * Mutable. When absent: 5m. A key with a shorter rotation.interval is not accepted; a trigger that comes sooner waits.
   */
  readonly minRotationInterval?: string;
  /**
   * Longest time from the creation of a key to its expiry, for example "8760h" (one year). Hours, minutes and seconds in this order, more than "0s".
   *
   * Mutable. When absent, a key need not expire. When present, a key must declare expiresAt for every environment, and the controller does not accept one that lies further away.
   */
  readonly maxValidity?: string;
  /**
   * Greatest number of keys this project may hold, for example 500. From 1 to 100000.
   *
   * Mutable. When absent: 1000. The controller does not accept a key beyond it (Accepted False, reason TooManyKeys). Lowered, it takes nothing away from keys that have been issued.
   */
  readonly maxKeys?: number;
  /**
   * Put before the name of every Secret of this project, whether authors give the name or not, for example "key-": "checkout" becomes "key-checkout". At most 63 characters.
   *
   * Mutable. When absent, names stand as they are. After a change the controller delivers under the new names first and then withdraws the old Secrets.
   */
  readonly secretNamePrefix?: string;
  /**
   * Whether keys may set recoverable: true, which keeps their tokens sealed for good.
   *
   * Mutable. When absent: true. At false the controller does not accept such keys.
   */
  readonly allowRecoverable?: boolean;
  /**
   * Whether a CryptoKey may be imported from import.content, where a private or secret key stays readable in Git, in etcd and for whoever may read the object. Public keys always may.
   *
   * Mutable. When absent: false. The controller does not accept such keys unless it is true.
   */
  readonly allowPlaintextImport?: boolean;
}

/**
 * What the controller found. Written by the controller only; an edit by others is repaired.
 */
export interface KeyProjectStatus {
  /**
   * The metadata.generation this status speaks about; -1 until the controller has seen the object.
   */
  readonly observedGeneration?: number;
  /**
   * Id of the Keywright installation that serves this project, as in the annotation keywright.dev/installation. Another installation leaves the project alone. Absent until claimed.
   */
  readonly installation?: string;
  readonly importKey?: KeyProjectStatusImportKey;
  /**
   * The namespaces behind each environment of spec, in its order.
   */
  readonly environments?: readonly KeyProjectStatusEnvironment[];
  /**
   * How many keys use this project, by kind and state. A pair without keys is left out.
   */
  readonly keys?: readonly KeyProjectStatusKey[];
  /**
   * Ready is the summary: True when the project can be used as declared. Reconciling and Stalled exist only while they are True.
   */
  readonly conditions?: readonly Condition[];
}

/**
 * The public key that keys of this project are sealed to before they go into Git. Absent until the installation has one.
 */
export interface KeyProjectStatusImportKey {
  /**
   * OpenPGP fingerprint, in lower-case hexadecimal. "keywright seal" refuses a published key that has another one.
   */
  readonly fingerprint: string;
}

/**
 * The namespaces behind one environment. The lists name at most 32 each; counts are complete.
 */
export interface KeyProjectStatusEnvironment {
  /**
   * Name of the environment.
   */
  readonly name: string;
  readonly counts: KeyProjectStatusEnvironmentCounts;
  /**
   * Names of namespaces that exist and are not being deleted, the first 32 in order of name.
   */
  readonly live?: readonly string[];
  /**
   * Names of namespaces that spec lists and that do not exist, the first 32 in order of name.
   */
  readonly missing?: readonly string[];
  /**
   * Names of namespaces that are being deleted, the first 32 in order of name.
   */
  readonly terminating?: readonly string[];
}

/**
 * How many namespaces there are of each sort.
 */
export interface KeyProjectStatusEnvironmentCounts {
  /**
   * Namespaces that exist and are not being deleted.
   */
  readonly live: number;
  /**
   * Namespaces that spec lists and that do not exist.
   */
  readonly missing: number;
  /**
   * Namespaces that are being deleted; nothing new can be delivered there.
   */
  readonly terminating: number;
}

/**
 * The number of keys of one kind in one state.
 */
export interface KeyProjectStatusKey {
  /**
   * Kind of the keys, for example ApiKey.
   */
  readonly kind: string;
  /**
   * The status.state these keys have, for example Active.
   */
  readonly state: string;
  /**
   * Number of keys.
   */
  readonly count: number;
}
