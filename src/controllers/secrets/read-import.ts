import { ALLOW_IMPORT_LABEL } from '../../api/labels.ts';
import { Reason } from '../../api/conditions.ts';
import { undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import type { ImportOutcome } from '../../keys/crypto/import/import-outcome.ts';
import { MAX_CONTENT_BYTES, type ImportContext } from '../../sealing/import-context.ts';
import { openImportMessage } from '../../sealing/import-message.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import type { ImportDeclaration, ImportFacts, SecretKeyRef } from '../planning/import-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { knownModuli } from './known-moduli.ts';

type Ports = Pick<KeyPorts, 'placeClient' | 'importKeys' | 'clock' | 'operatorNamespace'>;

/** What a source holds. The caller wipes the bytes. */
export type ReadSource =
  | { readonly kind: 'Read'; readonly content: Uint8Array; readonly passphrase: Uint8Array | undefined }
  | Extract<ImportFacts, { readonly reason: Reason }>;

/** Secrets of these types hold credentials of the platform: consent on one of them is taken for a mistake. */
const REFUSED_TYPES: readonly string[] = [
  'kubernetes.io/service-account-token',
  'kubernetes.io/dockercfg',
  'kubernetes.io/dockerconfigjson',
  'bootstrap.kubernetes.io/token',
  'helm.sh/release.v1',
];
const OWN_TYPES = 'keywright.dev/';

/**
 * Reads what an environment is to import. Whoever may write keys need not be allowed to read every Secret beside them:
 * only one whose owner labelled it for import is read.
 *
 * @throws {ApiError | ConnectionError} when the server gives no answer, which says nothing about the source.
 */
export async function readImport(
  ports: Ports,
  identity: KeyIdentity,
  { environment, source }: ImportDeclaration,
  signal: AbortSignal,
): Promise<ReadSource> {
  const content = await readContent(ports, identity, environment, source, signal);
  if (!(content instanceof Uint8Array)) return content;
  const { passphraseSecretKeyRef: ref } = source;
  if (ref === undefined) return { kind: 'Read', content, passphrase: undefined };
  const passphrase = await readSecretKey(ports, identity, ref, signal);
  if (passphrase instanceof Uint8Array) return { kind: 'Read', content, passphrase };
  content.fill(0);
  return passphrase;
}

/** Reads the key out of a source and judges it. The caller wipes the material of an accepted one. */
export async function judgeImport(
  ports: Pick<KeyPorts, 'clock' | 'caches' | 'installation'>,
  { type, algorithm }: ImportDeclaration,
  { content, passphrase }: Extract<ReadSource, { readonly kind: 'Read' }>,
): Promise<ImportOutcome> {
  // With it comes OpenPGP, which only some keys need.
  const { importMaterial } = await import('../../keys/crypto/import/import-material.ts');
  return await importMaterial({
    type,
    bytes: content,
    now: ports.clock.now(),
    ...(mayBeRsa(type, algorithm) && { knownModuli: await knownModuli(ports) }),
    ...(algorithm !== undefined && { algorithm }),
    ...(passphrase !== undefined && { passphrase }),
  });
}

/** Only an RSA key can share a prime, and looking for one reads every record. */
function mayBeRsa(type: ImportDeclaration['type'], algorithm: ImportDeclaration['algorithm']): boolean {
  return type !== 'SecretKey' && (algorithm === undefined || algorithm.includes('RSA'));
}

async function readContent(
  ports: Ports,
  identity: KeyIdentity,
  environment: string,
  { secretKeyRef, openpgpMessage, content = '' }: ImportDeclaration['source'],
  signal: AbortSignal,
): Promise<Uint8Array | Exclude<ReadSource, { readonly kind: 'Read' }>> {
  if (secretKeyRef !== undefined) return await readSecretKey(ports, identity, secretKeyRef, signal);
  if (openpgpMessage !== undefined) return await openMessage(ports, identity, environment, openpgpMessage);
  const bytes = Buffer.from(content, 'base64');
  return bytes.length <= MAX_CONTENT_BYTES
    ? bytes
    : refused(Reason.MalformedKey, 'The content of the import is larger than 16 KiB; give the key alone');
}

async function openMessage(
  { importKeys, clock }: Ports,
  { project, kind, namespace, name }: KeyIdentity,
  environment: string,
  message: string,
): Promise<Uint8Array | Exclude<ReadSource, { readonly kind: 'Read' }>> {
  const { state } = importKeys;
  if (state?.kind !== 'Ready') {
    return refused(Reason.ImportKeyMissing, 'The installation has no import key; ask the platform team to restore it');
  }
  const { installation, keys } = state;
  const context: ImportContext = { installation, project, kind, namespace, name, environment, field: 'key' };
  const opened = await openImportMessage(keys, message, context, clock.now());
  return opened.kind === 'Opened' ? opened.content : refused(Reason[opened.reason], opened.message);
}

async function readSecretKey(
  ports: Ports,
  { namespace }: KeyIdentity,
  ref: SecretKeyRef,
  signal: AbortSignal,
): Promise<Uint8Array | Exclude<ReadSource, { readonly kind: 'Read' }>> {
  const what = `Secret "${ref.name}"`;
  const secret = await getSecret(ports, namespace, ref.name, signal);
  if (secret === undefined) {
    return {
      kind: 'Missing',
      reason: Reason.ImportSourceMissing,
      message: `${what} of the import is not there; create it with the label ${ALLOW_IMPORT_LABEL}=true`,
    };
  }
  if (secret.metadata.labels?.[ALLOW_IMPORT_LABEL] !== 'true') {
    const message = `${what} may not be imported; its owner allows that by the label ${ALLOW_IMPORT_LABEL}=true`;
    return refused(Reason.ImportNotAllowed, message);
  }
  const { type = 'Opaque' } = secret;
  if (namespace === ports.operatorNamespace || REFUSED_TYPES.includes(type) || type.startsWith(OWN_TYPES)) {
    return refused(Reason.ImportNotAllowed, `${what} holds credentials of the platform, which are never imported`);
  }
  const value = secret.data?.[ref.key];
  if (value === undefined) {
    const message = `${what} of the import has no data key "${ref.key}"; add it, or correct the import`;
    return { kind: 'Missing', reason: Reason.ImportSourceMissing, message };
  }
  const bytes = Buffer.from(value, 'base64');
  return bytes.length <= MAX_CONTENT_BYTES
    ? bytes
    : refused(Reason.MalformedKey, `Data key "${ref.key}" of ${what} is larger than 16 KiB; give the key alone`);
}

async function getSecret(
  { placeClient }: Ports,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return await placeClient.get(SECRETS, { namespace, name }, { signal }).catch(undefinedIfNotFound);
}

function refused(reason: Reason, message: string): Exclude<ReadSource, { readonly kind: 'Read' }> {
  return { kind: 'Refused', reason, message };
}
