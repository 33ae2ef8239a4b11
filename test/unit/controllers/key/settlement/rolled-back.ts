/** Facts of a key whose record is older than what its Secrets prove, and what settles it. */
import { expect } from 'vitest';
import type { ApiKeyStatus, ApiKeyStatusEnvironmentVersion } from '../../../../../src/api/generated/api-key.ts';
import { planSettlement } from '../../../../../src/controllers/key/settlement/settlement-plan.ts';
import type { RecordChange } from '../../../../../src/controllers/planning/record-change.ts';
import { placeKey, type Observation, type SecretView } from '../../../../../src/controllers/planning/secret-view.ts';
import type { EnvironmentEntry, VersionEntry } from '../../../../../src/sealing/ledger.ts';
import { isLedger } from '../../../../../src/sealing/ledger-schema.ts';
import {
  apiKeyOf,
  digest,
  EU,
  held,
  hoursFromNow,
  MINTED_AT,
  present,
  secretView,
  settled,
  STAGING,
  US,
  versionEntry,
  wantedOf,
} from '../../../../support/facts.ts';
import { signedStatus } from '../../../../support/status-signing.ts';
import type { DeclaredFacts } from '../../../../../src/controllers/planning/key-rules.ts';

/** As stored times show NOW. */
export const NOW_TEXT: string = hoursFromNow(0);

/** A Secret that proves version `version` at record sequence `sequence`. */
export function proving(
  namespace: string,
  environment: string,
  version: number,
  changes: Partial<SecretView> = {},
  sequence = 9,
): SecretView {
  const secret = secretView(wantedOf(held(namespace), environment, versionEntry(environment, version)), changes);
  return secret.proof === undefined ? secret : { ...secret, proof: { ...secret.proof, sequence } };
}

/** As somebody edited it: its proof still tells whose it is, and covers these bytes no more. */
export function edited(secret: SecretView, digests: SecretView['digests']): SecretView {
  return { ...secret, digests, proof: secret.proof && { ...secret.proof, isIntact: false } };
}

/** Version 2 of production, delivered beside version 1. */
export function overlapping(namespace: string): SecretView {
  const { digests, ...secret } = proving(namespace, 'production', 2);
  return { ...secret, digests: { ...digests, 'previous.token': digest('token-production-1') } };
}

export const inStaging: SecretView = proving(STAGING, 'staging', 1);
export const everywhereV2: readonly SecretView[] = [
  inStaging,
  proving(EU, 'production', 2),
  proving(US, 'production', 2),
];

/** The record is back at sequence 2 and status is lost; everything was read live, and these Secrets prove sequence 9. */
export function rolledBack(
  proven: readonly SecretView[] = everywhereV2,
  changes: Partial<DeclaredFacts> = {},
): DeclaredFacts {
  const observations = new Map<string, Observation>(
    [STAGING, EU, US].map((namespace) => [placeKey(held(namespace)), { kind: 'Absent', live: true }]),
  );
  for (const secret of proven) observations.set(`${secret.namespace}/${secret.name}`, present(secret));
  return settled({ object: apiKeyOf(), isLive: true, proven, provenSequence: 9, observations, ...changes });
}

export function recordChange(facts: DeclaredFacts): RecordChange {
  const step = planSettlement(facts);
  if (step?.kind !== 'WriteRecord') throw new RangeError(`The step is ${step?.kind ?? 'none'}`);
  expect(isLedger(step.change.ledger)).toBe(true);
  return step.change;
}

export function entryOf({ ledger }: RecordChange, name: string): EnvironmentEntry | undefined {
  return ledger.environments.find((entry) => entry.name === name);
}

export function versionsOf(
  change: RecordChange,
  name = 'production',
): readonly (readonly [number, VersionEntry['state']])[] {
  return (entryOf(change, name)?.versions ?? []).map(({ version, state }) => [version, state]);
}

export type ShownVersion = ApiKeyStatusEnvironmentVersion;

export const shownV2: ShownVersion = {
  version: 2,
  state: 'Current',
  keyId: versionEntry('production', 2).keyId,
  maskedToken: 'acme_sk_old_k2_***',
  hash: versionEntry('production', 2).hash,
  createdAt: '2027-02-01T00:00:00Z',
};

/** Status as we wrote it at a sequence, with these versions in production. */
export function publishedAt(sequence: number, ...versions: readonly ShownVersion[]): Pick<DeclaredFacts, 'object'> {
  const status: ApiKeyStatus = {
    createdAt: MINTED_AT,
    environments: [{ name: 'production', state: 'Active', success: true, versions: [...versions] }],
  };
  return { object: apiKeyOf({}, { status: signedStatus(status, sequence) }) };
}

export function showing(version: Partial<ShownVersion>): Pick<DeclaredFacts, 'object'> {
  return publishedAt(2, { ...shownV2, ...version });
}

export const shownV1: ShownVersion = {
  ...shownV2,
  version: 1,
  keyId: versionEntry('production', 1).keyId,
  hash: versionEntry('production', 1).hash,
};
