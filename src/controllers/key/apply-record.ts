import type { Secret } from '../../kube/objects/objects.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { recordName } from '../../sealing/record.ts';
import { isSlow, type MintOrder, type RecordChange } from '../planning/record-change.ts';
import { placeKey } from '../planning/secret-view.ts';
import { isTokenTaken, tokenReservation } from '../imports/known-tokens.ts';
import { writeRecord } from '../secrets/write-record.ts';
import type { MadeKeys } from '../shared/minting-desk.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { logRecordWrite } from './audit-log.ts';
import { announceRecord } from './events.ts';
import { entriesOf } from '../planning/key-facts.ts';
import { countOtherKeys, readClaims } from './gather/gather-claims.ts';
import { gatherKey, type GatheredKey } from './gather/gather.ts';
import { readLiveRecord, recordFacts } from './gather/gather-record.ts';
import { maxKeys } from './spec.ts';
import type { KeyObjectFacts } from '../planning/key-rules.ts';

/**
 * Writes the record, unless another key planned side by side was first: to a place, to the last room in the project,
 * to a token that both import, or to this very record. Then everything is gathered afresh and planned again.
 */
export async function applyRecord(
  ports: KeyPorts,
  change: RecordChange,
  gathered: GatheredKey,
  signal: AbortSignal,
): Promise<GatheredKey> {
  const { facts, stored } = gathered;
  const { identity } = facts;
  const tokens = importedTokens(change);
  const places = newPlaces(facts, change);
  const wanted = [...places, ...tokens.map(({ hash }) => tokenReservation(hash))];
  // Nothing is awaited between these looks and the start of the write.
  const isOvertaken =
    isPlaceTaken(ports, facts, places) ||
    isRoomTaken(ports, facts, change) ||
    tokens.some(({ environment, hash }) => isTokenTaken(ports, { identity, environment }, [hash]));
  if (isOvertaken || !ports.reservations.reserve(identity, wanted)) {
    return await gatherKey(ports, { identity, live: facts.isLive, signal });
  }
  const slow = change.mints.filter(isSlow);
  const made = takeMade(ports, identity, slow, wanted);
  if (made === undefined) return { ...gathered, facts: { ...facts, making: slow } };
  const imports = facts.object === undefined ? [] : facts.rules.imports(facts.object);
  const record = recordName(identity);
  if (isFirstIssue(facts, change)) ports.firstIssues.begin(identity.project, record);
  const result = await writeRecord(ports, identity, { ...change, made, imports }, stored, signal).finally(() => {
    ports.reservations.release(identity, wanted);
    ports.firstIssues.end(identity.project, record);
  });
  // Adopting needs every look afresh: what was planned was planned on another record.
  if (result.kind === 'Overtaken') return await adopt(ports, gathered, signal);
  const written = withRecord(ports, gathered, result.secret);
  if (written.facts.record.kind === 'Valid') {
    logRecordWrite(ports.logger, facts, change, written.facts.record.ledger);
  }
  announceRecord(ports.events, facts, change, result.warnings);
  return written;
}

/** What was made for the orders. Where that does not lead to a write, other keys may have what was reserved. */
function takeMade(
  { desk, reservations }: KeyPorts,
  identity: KeyIdentity,
  orders: readonly MintOrder[],
  wanted: readonly string[],
): MadeKeys | undefined {
  let made: MadeKeys | undefined;
  try {
    made = desk.take(identity, orders);
    return made;
  } finally {
    if (made === undefined) reservations.release(identity, wanted);
  }
}

/** Places that the ledger did not hold before this change. */
function newPlaces(facts: KeyObjectFacts, { ledger }: RecordChange): readonly string[] {
  const held = new Set(entriesOf(facts).flatMap(({ places }) => places.map(placeKey)));
  return ledger.environments.flatMap(({ places }) => places.map(placeKey)).filter((place) => !held.has(place));
}

/** Keyed hashes, under the pepper that hashed them when this was planned. */
function importedTokens({ mints }: RecordChange): readonly { readonly environment: string; readonly hash: string }[] {
  return mints.flatMap(({ environment, material }) =>
    material.kind === 'ImportedToken' ? [{ environment, hash: material.sourceHash }] : [],
  );
}

function isPlaceTaken(ports: KeyPorts, facts: KeyObjectFacts, places: readonly string[]): boolean {
  const claims = readClaims(ports, facts);
  return places.some((place) => claims.has(place) && !facts.claims.has(place));
}

/** Does the key begin to count in its project: with its first mint, or as a tombstone that comes back to life? */
function isFirstIssue({ record }: KeyObjectFacts, { ledger }: RecordChange): boolean {
  return ledger.phase === 'Active' && !(record.kind === 'Valid' && record.ledger.phase === 'Active');
}

function isRoomTaken(ports: KeyPorts, facts: KeyObjectFacts, change: RecordChange): boolean {
  const { project } = facts;
  if (!isFirstIssue(facts, change) || project.kind !== 'Ours') return false;
  const others = countOtherKeys(ports, facts);
  // A plan made while the project was full is for a record that is rebuilt. It has its room already, so the limit
  // does not apply to it.
  return others > facts.otherKeysInProject && others >= maxKeys(project.project.spec);
}

async function adopt(ports: KeyPorts, gathered: GatheredKey, signal: AbortSignal): Promise<GatheredKey> {
  const secret = await readLiveRecord(ports, gathered.facts.identity, signal);
  const fresh = await gatherKey(ports, { identity: gathered.facts.identity, live: gathered.facts.isLive, signal });
  return withRecord(ports, fresh, secret);
}

function withRecord(ports: KeyPorts, gathered: GatheredKey, secret: Secret | undefined): GatheredKey {
  return { facts: { ...gathered.facts, record: recordFacts(ports, secret) }, stored: secret };
}
