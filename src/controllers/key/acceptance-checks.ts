import { Reason } from '../../api/conditions.ts';
import { readDurationMs } from '../../durations.ts';
import type { AcceptanceCheck, JudgedFacts, KeyRules, DeclaredFacts } from '../planning/key-rules.ts';
import { firstViolation, listed, policyViolation, type Violation } from '../planning/policy.ts';
import { mayWriteRecord } from '../planning/key-facts.ts';
import { environmentExpiry, expiryMs, maxKeys, minRotationInterval } from './spec.ts';

/** Deleted keys leave a record that keeps their counter; names that never end would fill the cluster. */
const TOMBSTONES_PER_KEY = 10;
const MAX_SECRET_NAME = 253;

const nameIsTaken: AcceptanceCheck = (facts) =>
  mayWriteRecord(facts)
    ? undefined
    : {
        reason: Reason.DuplicateName,
        message: `Project "${facts.identity.project}" already has the ${facts.identity.kind} "${facts.identity.name}", declared in another namespace; choose another name`,
      };

const projectIsTerminating: AcceptanceCheck = ({ project }) =>
  project.kind === 'Ours' && project.project.metadata.deletionTimestamp !== undefined
    ? {
        reason: Reason.ProjectTerminating,
        message:
          'The KeyProject is being deleted; what is delivered stays, nothing new is minted. Ask the platform team whether it is meant to go',
      }
    : undefined;

const authorIsNotAllowed: AcceptanceCheck = ({ projectSpec, identity }) =>
  projectSpec.authorNamespaces?.includes(identity.namespace) === true
    ? undefined
    : {
        reason: Reason.NamespaceNotAllowed,
        message: `KeyProject "${identity.project}" does not list namespace "${identity.namespace}" in spec.authorNamespaces; declare the key in one it lists, or ask the platform team to add this one`,
      };

const typeDiffersFromLedger: AcceptanceCheck = ({ record, object }) =>
  record.kind === 'Valid' && record.ledger.type !== object.spec.type
    ? {
        reason: Reason.TypeMismatch,
        message: `This key was issued as ${record.ledger.type}; its type cannot change, declare a key of another name`,
      }
    : undefined;

const environmentIsUnknown: AcceptanceCheck = ({ projectSpec, object }) => {
  const known = new Set(projectSpec.environments.map(({ name }) => name));
  const unknown = object.spec.environments.find(({ name }) => !known.has(name));
  if (unknown === undefined) return undefined;
  return {
    reason: Reason.EnvironmentNotFound,
    message: `KeyProject "${object.spec.project}" has no environment "${unknown.name}"; it has: ${listed([...known])}`,
  };
};

const UNREADABLE_LIMIT =
  "The project's policy.maxValidity is not a duration such as 8760h; ask the platform team to correct it";

const validityIsTooLong: AcceptanceCheck = ({ projectSpec, object, record, now }) => {
  const limit = projectSpec.policy?.maxValidity;
  if (limit === undefined) return undefined;
  const limitMs = readDurationMs(limit);
  if (limitMs === undefined) return policyViolation(UNREADABLE_LIMIT);
  const issuedAt = record.kind === 'Valid' ? Date.parse(record.ledger.createdAt) : now.getTime();
  const latest = issuedAt + limitMs;
  const tooLong = object.spec.environments.find(({ name }) => {
    const expiresAt = environmentExpiry(object.spec, name);
    return expiresAt === undefined || expiryMs(expiresAt) > latest;
  });
  return tooLong === undefined
    ? undefined
    : policyViolation(
        `The project's policy limits validity to ${limit}; set spec.expiresAt for environment "${tooLong.name}" within it`,
      );
};

const overlapIsTooShort: AcceptanceCheck = ({ projectSpec, object }) => {
  const least = projectSpec.policy?.minOverlap;
  const overlap = object.spec.rotation?.overlap;
  if (least === undefined || overlap === undefined || !isShorter(overlap, least)) return undefined;
  return policyViolation(
    `The project's policy asks for an overlap of ${least} at least; set spec.rotation.overlap to that or more, or leave it out`,
  );
};

const rotationIsTooFrequent: AcceptanceCheck = ({ projectSpec, object }) => {
  const least = minRotationInterval(projectSpec);
  const interval = object.spec.rotation?.interval;
  if (interval === undefined || !isShorter(interval, least)) return undefined;
  return policyViolation(
    `The project's policy lets keys rotate every ${least} at most; set spec.rotation.interval to that or more`,
  );
};

function isShorter(declared: string, least: string): boolean {
  return (readDurationMs(declared) ?? 0) < (readDurationMs(least) ?? 0);
}

const revocationIsAhead: AcceptanceCheck = ({ record, object }) => {
  const through = object.spec.revocation?.throughVersion;
  const last = record.kind === 'Valid' ? record.ledger.lastVersion : 0;
  if (through === undefined || through <= last) return undefined;
  return {
    reason: Reason.InvalidRevocation,
    message: `spec.revocation.throughVersion is ${through}, and the newest version is ${last}; name one that was issued, or leave it out to revoke the whole key`,
  };
};

const secretNameIsTooLong: AcceptanceCheck = ({ projectSpec, object, rules }) => {
  const tooLong = rules.outputs(object, projectSpec).find(({ secretName }) => secretName.length > MAX_SECRET_NAME);
  return tooLong === undefined
    ? undefined
    : policyViolation(
        `With the project's prefix the Secret name of output "${tooLong.name}" exceeds ${MAX_SECRET_NAME} characters; choose a shorter secretName`,
      );
};

const projectIsFull: AcceptanceCheck = ({ projectSpec, record, otherKeysInProject, identity }) => {
  const limit = maxKeys(projectSpec);
  const isCounted = record.kind === 'Valid' && record.ledger.phase === 'Active';
  return isCounted || otherKeysInProject < limit
    ? undefined
    : {
        reason: Reason.TooManyKeys,
        message: `KeyProject "${identity.project}" already has ${limit} keys, the most its policy allows; delete one, or ask the platform team to raise policy.maxKeys`,
      };
};

const projectIsFullOfTombstones: AcceptanceCheck = ({ projectSpec, record, recordsInProject, identity }) => {
  const limit = TOMBSTONES_PER_KEY * maxKeys(projectSpec);
  return record.kind !== 'Absent' || recordsInProject < limit
    ? undefined
    : {
        reason: Reason.TooManyKeys,
        message: `KeyProject "${identity.project}" remembers ${limit} key names, the most it may; declare the key under one of them, or ask the platform team to raise policy.maxKeys`,
      };
};

/** Whether this object may declare this key. Whoever may not write does not learn which names there are. */
const STANDING: readonly AcceptanceCheck[] = [
  authorIsNotAllowed,
  nameIsTaken,
  typeDiffersFromLedger,
  environmentIsUnknown,
];

/**
 * Ordered by what the author needs to hear first: who may write, whose name it is, what may be asked for. That the
 * project is on its way out comes last, as it concerns every key and hides nothing about this one.
 */
const acceptanceChecks = (rules: KeyRules): readonly AcceptanceCheck[] => [
  ...STANDING,
  ...rules.acceptance,
  validityIsTooLong,
  overlapIsTooShort,
  rotationIsTooFrequent,
  revocationIsAhead,
  secretNameIsTooLong,
  projectIsFull,
  projectIsFullOfTombstones,
  projectIsTerminating,
];

/** Why the key is not accepted; undefined when it is. A violation freezes: it never withdraws. */
export function acceptanceViolation(facts: DeclaredFacts): Violation<Reason> | undefined {
  const { project, object } = facts;
  if (project.kind === 'Missing') {
    return {
      reason: Reason.ProjectNotFound,
      message: `KeyProject "${object.spec.project}" does not exist; ask the platform team, or correct spec.project. What is delivered stays`,
    };
  }
  if (project.kind !== 'Ours') return { reason: Reason.Pending, message: 'Waiting for the KeyProject to be claimed' };
  return firstViolation(acceptanceChecks(facts.rules), { ...facts, projectSpec: project.project.spec });
}

/** May the object declare the key at all? For one that may not, nothing is read or judged. */
export function mayDeclare(facts: DeclaredFacts): boolean {
  const { project } = facts;
  if (project.kind !== 'Ours') return false;
  return firstViolation(STANDING, { ...facts, projectSpec: project.project.spec }) === undefined;
}

export function judged(facts: DeclaredFacts): JudgedFacts {
  return { ...facts, violation: acceptanceViolation(facts) };
}
