import { ALLOW_IMPORT_LABEL } from '../../api/labels.ts';
import { Reason } from '../../api/conditions.ts';
import { isForbidden, undefinedIfNotFound } from '../../kube/errors/api-error.ts';
import type { Secret } from '../../kube/objects/objects.ts';
import { SECRETS } from '../../kube/objects/resource.ts';
import { isTooLarge, MAX_FIELD_BYTES, type ImportField } from '../../sealing/import-context.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import type { ImportDeclaration, SecretKeyRef } from '../planning/import-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ReadSource, ReadValue, Unread } from './import-source.ts';
import { openSealedValue } from './open-sealed-value.ts';

type Ports = Pick<KeyPorts, 'placeClient' | 'importKeys' | 'clock' | 'operatorNamespace'>;

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
  { environment, source, material }: ImportDeclaration,
  signal: AbortSignal,
): Promise<ReadSource> {
  const place = { environment, field: material.kind === 'Token' ? 'token' : 'key' } as const;
  const key = await readContent(ports, identity, place, source, signal);
  if (key.kind !== 'Read') return key;
  const passphrase = await readPassphrase(ports, identity, environment, source, signal).catch((error: unknown) => {
    key.content.fill(0);
    throw error;
  });
  if (passphrase === undefined) return { ...key, passphrase };
  if (passphrase.kind === 'Read') {
    const { passphraseSecretKeyRef: ref } = source;
    const from = ref && { passphraseFrom: `data key "${ref.key}" of Secret "${ref.name}"` };
    return { ...passphrase, ...key, passphrase: passphrase.content, ...from };
  }
  // Half of a source is not gone: another key in it is said to lack its passphrase.
  if (passphrase.kind === 'Missing')
    return { ...key, passphrase: undefined, refusal: { ...passphrase, kind: 'Refused' } };
  key.content.fill(0);
  return passphrase;
}

async function readContent(
  ports: Ports,
  identity: KeyIdentity,
  { environment, field }: { readonly environment: string; readonly field: 'key' | 'token' },
  { secretKeyRef, openpgpMessage, content = '' }: ImportDeclaration['source'],
  signal: AbortSignal,
): Promise<ReadValue | Unread> {
  if (secretKeyRef !== undefined) return await readSecretKey(ports, identity, secretKeyRef, field, signal);
  if (openpgpMessage !== undefined) return await openSealedValue(ports, identity, environment, field, openpgpMessage);
  return bounded(Buffer.from(content, 'base64'), field, 'The content of the import');
}

async function readPassphrase(
  ports: Ports,
  identity: KeyIdentity,
  environment: string,
  { passphraseSecretKeyRef: ref, passphraseOpenpgpMessage: message }: ImportDeclaration['source'],
  signal: AbortSignal,
): Promise<ReadValue | Unread | undefined> {
  if (ref !== undefined) return await readSecretKey(ports, identity, ref, 'passphrase', signal);
  if (message === undefined) return undefined;
  return await openSealedValue(ports, identity, environment, 'passphrase', message);
}

async function readSecretKey(
  ports: Ports,
  { namespace }: KeyIdentity,
  ref: SecretKeyRef,
  field: ImportField,
  signal: AbortSignal,
): Promise<ReadValue | Unread> {
  const what = `Secret "${ref.name}"`;
  const secret = await getSecret(ports, namespace, ref.name, signal);
  if (secret === 'Forbidden') {
    const message = `${what} of the import may not be read by the operator; give its role "get" on secrets there`;
    return { kind: 'Missing', reason: Reason.Forbidden, message };
  }
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
  const { data = {} } = secret;
  const value = Object.hasOwn(data, ref.key) ? data[ref.key] : undefined;
  if (value === undefined) {
    const message = `${what} of the import has no data key "${ref.key}"; add it, or correct the import`;
    return { kind: 'Missing', reason: Reason.ImportSourceMissing, message };
  }
  return bounded(Buffer.from(value, 'base64'), field, `Data key "${ref.key}" of ${what}`);
}

function bounded(content: Uint8Array, field: ImportField, what: string): ReadValue | Unread {
  if (!isTooLarge(field, content)) return { kind: 'Read', content };
  content.fill(0);
  return refused(
    Reason.TooLarge,
    `${what} is larger than ${MAX_FIELD_BYTES[field] / 1024} KiB; give the ${field} alone`,
  );
}

async function getSecret(
  { placeClient }: Ports,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Secret | 'Forbidden' | undefined> {
  return await placeClient
    .get(SECRETS, { namespace, name }, { signal })
    .catch((error: unknown) => (isForbidden(error) ? 'Forbidden' : undefinedIfNotFound(error)));
}

function refused(reason: Reason, message: string): Unread {
  return { kind: 'Refused', reason, message };
}
