import type { KeyProject } from '../../api/generated/key-project.ts';
import type { InstallationHealth } from '../planning/key-facts.ts';
import type { MappedEnvironment } from '../planning/targets.ts';

/** Keys of one kind in one state. */
export interface KeyCount {
  readonly kind: string;
  readonly state: string;
  readonly count: number;
}

/** All that planning one KeyProject may look at. */
export interface KeyProjectFacts {
  readonly now: Date;
  readonly project: KeyProject;
  readonly health: InstallationHealth;
  /** Id of this installation; undefined while it cannot be read. */
  readonly installation: string | undefined;
  /** Fingerprint of the active import key; undefined while there is none or it was not read yet. */
  readonly importKey: string | undefined;
  readonly environments: readonly MappedEnvironment[];
  /** The operator works in named namespaces only, so that whatever a label selects may be out of its reach. */
  readonly isNamespaced: boolean;
  readonly keys: readonly KeyCount[];
  /** Records with an active ledger, orphans among them: they hold a deleted project. Counted only while it is being deleted. */
  readonly activeRecords: number;
  /** Those of the active records whose key is gone without a deletion. */
  readonly orphans: number;
  /** The CRD itself is being deleted, and every project with it. Known only while this one is. */
  readonly kindIsTerminating: boolean;
  /** Milliseconds since this process last wrote status, on the monotonic clock; undefined before the first time. */
  readonly sinceReportMs: number | undefined;
}
