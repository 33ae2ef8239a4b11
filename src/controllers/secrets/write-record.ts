import {
  ACCEPT_ROLLBACK_ANNOTATION,
  KIND_LABEL,
  OWNER_ANNOTATION,
  PROJECT_LABEL,
  RECORD_LABEL,
  WITHDRAW_ANNOTATION,
} from '../../api/labels.ts';
import { KeywrightError } from '../../errors.ts';
import { withoutDataCopies } from '../../kube/objects/data-copies.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../../kube/errors/api-error.ts';
import { withoutManagedFields } from '../../kube/objects/managed-fields.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { KeyIdentity, Ledger, VersionEntry } from '../../sealing/ledger.ts';
import { dropMaterial, hasMaterial, sealMaterial, type MaterialAddition } from '../../sealing/material.ts';
import { encodeRecord, recordName } from '../../sealing/record.ts';
import type { RecordContext } from '../../sealing/record-context.ts';
import { isSameMaterial, type MaterialRef, type SealedMaterial } from '../../sealing/sealed-material.ts';
import { SealingError } from '../../sealing/sealing-error.ts';
import { timestamp } from '../planning/environment-facts.ts';
import { ownerOf } from '../planning/place-state.ts';
import { withinBounds } from '../planning/ledger-bounds.ts';
import { withBoundedPublicTexts } from '../planning/public-texts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { ImportJudge } from '../imports/import-judge.ts';
import { openSealed } from './open-sealed.ts';
import { readPlannedKey, readPlannedToken, type PlannedImports } from '../imports/read-planned.ts';
import { readToSeal } from './read-to-seal.ts';
import { sealingFailure } from './sealing-failure.ts';
import type { RecordChange, SigningOrder } from '../planning/record-change.ts';
import type { ImportDeclaration } from '../planning/import-facts.ts';
import type { MadeKeys } from '../shared/minting-desk.ts';
import { mintSigning, mintVersion, type MintContext, type MintedVersion } from './mint-version.ts';

export type RecordWrite =
  | { readonly kind: 'Written'; readonly secret: Secret; readonly warnings: readonly ImportWarnings[] }
  /** Somebody wrote first; what is there now has to be adopted. */
  | { readonly kind: 'Overtaken' };

/** What is unusual about the key that an environment imported: texts of ours, without a byte of it. */
export interface ImportWarnings {
  readonly environment: string;
  readonly texts: readonly string[];
}

/** What a record change needs beside its plan. */
export interface WriteInputs {
  /** Slow keys, which were made before. They are wiped. */
  readonly made: MadeKeys;
  /** What the spec says of environments that import. */
  readonly imports: readonly ImportDeclaration[];
}

/**
 * Carries out one record change: mints, seals, drops, and writes ledger and material together, by POST for a new
 * record and bound to the resourceVersion of `stored` otherwise. Minted bytes leave this function sealed only.
 *
 * @param stored The record the change was planned on; undefined for a new one.
 * @throws KW_RECORD_TOO_LARGE, KW_RECORD_UNREADABLE, KW_MATERIAL_UNREADABLE, KW_KEK_UNAVAILABLE, KW_SOURCE_CHANGED,
 *   KW_IMPORT_UNCHECKED, KW_SOURCE_UNREADABLE before anything is written, KW_RECORD_REFUSED by the server.
 */
export async function writeRecord(
  ports: KeyPorts,
  identity: KeyIdentity,
  { made, imports, ...change }: RecordChange & WriteInputs,
  stored: Secret | undefined,
  signal: AbortSignal,
): Promise<RecordWrite> {
  const context = ports.installation.recordContext;
  const additions: MaterialAddition[] = [];
  const warnings: ImportWarnings[] = [];
  const judge = new ImportJudge(ports, { identity, signal });
  try {
    const before = stored === undefined ? undefined : ports.installation.readRecord(stored);
    const sealedBefore = before?.state === 'valid' ? before.sealed : undefined;
    const open = async (ref: MaterialRef): Promise<Uint8Array | undefined> =>
      hasMaterial(sealedBefore, ref) ? await openSealed(ports, identity, sealedBefore, ref, signal) : undefined;
    const planned: PlannedImports = { ports, identity, declarations: imports, judge, signal };
    const mintContext: MintContext = {
      ports,
      identity,
      made,
      open,
      readImported: async (environment, sourceHash) => {
        const { material, warnings: texts } = await readPlannedKey(planned, environment, sourceHash);
        if (texts.length > 0) warnings.push({ environment, texts });
        return material;
      },
      readToken: (environment, hash) => readPlannedToken(planned, environment, hash),
      now: timestamp(ports.clock.now()),
    };
    const minted = await mintAll(mintContext, change, additions);
    const ledger = change.signing.reduce((next, order) => addSigningSecret(ports, next, order, additions), minted);
    await readToSeal(planned, change, additions);
    const kept = dropMaterial(sealedBefore, (ref) => change.drop.some((dropped) => isSameMaterial(ref, dropped)));
    const body = await seal(ledger, kept, additions, context, signal);
    const secret = await store(ports, identity, body, stored, signal);
    return secret === undefined ? { kind: 'Overtaken' } : { kind: 'Written', secret, warnings };
  } finally {
    for (const { plaintext } of additions) plaintext.fill(0);
    for (const { material } of made.values()) material.bytes.fill(0);
  }
}

/** Mints one version after the other into the ledger. */
async function mintAll(context: MintContext, change: RecordChange, additions: MaterialAddition[]): Promise<Ledger> {
  const minted: MintedVersion[] = [];
  let { ledger } = change;
  for (const order of change.mints) {
    const made = await mintVersion(context, ledger, order, minted);
    minted.push(made);
    additions.push(...made.additions);
    ledger = editVersions(ledger, order.environment, (versions) => [made.entry, ...versions]);
  }
  return minted.length === 0 ? ledger : withBoundedPublicTexts(ledger);
}

function addSigningSecret(ports: KeyPorts, ledger: Ledger, order: SigningOrder, additions: MaterialAddition[]): Ledger {
  const { signingSecret, addition } = mintSigning(ports, order);
  additions.push(addition);
  return editVersions(ledger, order.environment, (versions) =>
    versions.map((known) => (known.version === order.version ? { ...known, signingSecret } : known)),
  );
}

function editVersions(
  ledger: Ledger,
  environment: string,
  edit: (versions: readonly VersionEntry[]) => readonly VersionEntry[],
): Ledger {
  const environments = ledger.environments.map((entry) =>
    entry.name === environment ? { ...entry, versions: edit(entry.versions) } : entry,
  );
  return { ...ledger, environments };
}

/** The content of the record's Secret. */
async function seal(
  ledger: Ledger,
  kept: SealedMaterial | undefined,
  additions: readonly MaterialAddition[],
  context: RecordContext,
  signal: AbortSignal,
): Promise<ReturnType<typeof encodeRecord>> {
  try {
    const sealed = additions.length === 0 ? kept : await sealMaterial(kept, additions, ledger, context, { signal });
    return encodeInRoom(ledger, sealed, context);
  } catch (error) {
    throw sealingFailure(error, (options) => new KeywrightError('KW_RECORD_UNREADABLE', {}, options));
  }
}

/** Versions that are over make room for a rotation. @throws {SealingError} TooLarge when that is not enough. */
function encodeInRoom(
  ledger: Ledger,
  sealed: SealedMaterial | undefined,
  context: RecordContext,
): ReturnType<typeof encodeRecord> {
  const encode = (content: Ledger): ReturnType<typeof encodeRecord> =>
    encodeRecord(sealed === undefined ? { ledger: content } : { ledger: content, sealed }, context);
  try {
    return encode(ledger);
  } catch (error) {
    if (!(error instanceof SealingError) || error.code !== 'TooLarge') throw error;
    return encode(withinBounds(ledger, 0));
  }
}

/** @returns The record as it is stored now; undefined if somebody wrote first. */
async function store(
  ports: KeyPorts,
  identity: KeyIdentity,
  body: ReturnType<typeof encodeRecord>,
  stored: Secret | undefined,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  const { client, caches, operatorNamespace: namespace } = ports;
  const labels = { [RECORD_LABEL]: 'true', [KIND_LABEL]: identity.kind, [PROJECT_LABEL]: identity.project };
  try {
    const name = recordName(identity);
    const owner = { [OWNER_ANNOTATION]: ownerOf(identity) };
    const metadata =
      stored === undefined
        ? { name, namespace, labels, annotations: owner }
        : {
            ...withoutManagedFields(stored.metadata),
            annotations: { ...keptAnnotations(stored), ...owner },
            labels: { ...stored.metadata.labels, ...labels },
          };
    const record: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, ...body };
    return await caches.records.trackWrite(`${namespace}/${name}`, stored?.metadata.resourceVersion, () =>
      stored === undefined ? client.create(SECRETS, record, { signal }) : client.update(SECRETS, record, { signal }),
    );
  } catch (error) {
    if (isAlreadyExists(error) || isConflict(error) || (stored !== undefined && isNotFound(error))) return undefined;
    throw isRefused(error)
      ? new KeywrightError('KW_RECORD_REFUSED', { status: error.status }, { cause: error })
      : error;
  }
}

/** Rights, quotas, size limits and admission; what we send is valid. */
function isRefused(error: unknown): error is ApiError {
  return error instanceof ApiError && [400, 403, 413, 422].includes(error.status);
}

/**
 * An order of an admin is used up by the write that follows it, or it would turn a later absence into an order;
 * copies of the data would outlive what is dropped.
 */
function keptAnnotations({ metadata }: Secret): Readonly<Record<string, string>> {
  const {
    [WITHDRAW_ANNOTATION]: _withdrawn,
    [ACCEPT_ROLLBACK_ANNOTATION]: _accepted,
    ...kept
  } = withoutDataCopies(metadata.annotations);
  return kept;
}
