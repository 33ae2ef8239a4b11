import type { Secret } from '../../src/kube/objects/objects.ts';
import { decodeInstallationSecret } from '../../src/installation/installation-secret.ts';
import { decodeKeyringSecret } from '../../src/installation/keyring-secret.ts';
import { decodeImportSecret } from '../../src/installation/import-secret.ts';
import { openDek } from '../../src/sealing/envelope.ts';
import type { MaterialForm } from '../../src/keys/crypto/material.ts';
import { openMaterial } from '../../src/sealing/material.ts';
import type { MaterialField } from '../../src/sealing/sealed-material.ts';
import type { RecordContext } from '../../src/sealing/record-context.ts';
import { RECORD_TYPE } from '../../src/sealing/record.ts';
import { readPrivateKey } from 'openpgp';
import type { SecretSearch } from '../support/secret-search.ts';
import { openPgpParts, privateParts } from './private-parts.ts';
import { storedRecord } from '../support/stored-record.ts';

const TOKEN_SECRET = /[0-9A-Za-z]{49}$/;
const SIGNING_SECRET = /(?<=^whsec_)[0-9A-Za-z+/]{43}=$/;

/** Of a revocation certificate by Ed25519: the end of its two numbers of 32 bytes. */
const SIGNATURE_BYTES = 60;
const ARMOUR_BODY = /\n\n([0-9A-Za-z+/\n]+)/;

/** The Secrets that everything else is sealed, signed and hashed with. */
export interface InstallationSecrets {
  readonly installation: Secret;
  readonly keyring: Secret;
  readonly peppers: Secret;
}

/** Token and signing secret of a delivered Secret. A token's prefix and key id are public. */
export function addDelivered(search: SecretSearch, { metadata, data }: Secret): number {
  const token = TOKEN_SECRET.exec(decoded(data?.['token']))?.[0];
  const signingSecret = SIGNING_SECRET.exec(decoded(data?.['signing-secret']))?.[0];
  const where = `${metadata.namespace}/${metadata.name}`;
  if (token !== undefined) search.add(`token in ${where}`, token);
  if (signingSecret !== undefined) {
    search.add(`signing secret in ${where}`, signingSecret);
    search.add(`bytes of the signing secret in ${where}`, Buffer.from(signingSecret, 'base64'));
  }
  return Number(token !== undefined) + Number(signingSecret !== undefined);
}

/** MAC keys, KEKs and peppers: as bytes, and as the base64 text they are stored as. */
export function addInstallation(search: SecretSearch, { installation, keyring, peppers }: InstallationSecrets): number {
  const lists = [installation.data?.['macKeys'], keyring.data?.['keks'], peppers.data?.['peppers']];
  const keys = lists.flatMap(listedKeys);
  for (const { id, bytes } of keys) {
    search.add(id, Buffer.from(bytes, 'base64'));
    search.add(`${id} as text`, bytes);
  }
  return keys.length;
}

/** The key that a record's material is encrypted with. */
export async function addDek(search: SecretSearch, record: Secret, secrets: InstallationSecrets): Promise<number> {
  if (record.type !== RECORD_TYPE) return 0;
  const { ledger, sealed } = storedRecord(record);
  if (sealed === undefined) return 0;
  const dek = await openDek(sealed.dek, ledger, recordContext(secrets));
  search.add(`DEK of ${ledger.name}`, dek.bytes);
  return 1;
}

/** All that is sealed of a CryptoKey: what its files are made from, its passphrases and revocation certificates. */
export async function addSealed(search: SecretSearch, record: Secret, secrets: InstallationSecrets): Promise<number> {
  const { ledger, sealed } = storedRecord(record);
  if (ledger.kind !== 'CryptoKey') return 0;
  let added = 0;
  for (const entry of sealed?.entries ?? []) {
    const { environment, version, field } = entry;
    const bytes = await openMaterial(sealed, entry, ledger, recordContext(secrets));
    const versions = ledger.environments.find(({ name }) => name === environment)?.versions;
    const form = versions?.find((known) => known.version === version)?.crypto?.form ?? 'Raw';
    const parts = await secretParts(field, form, bytes);
    for (const part of parts) search.add(`${field} of ${ledger.name} in ${environment}`, part);
    added += parts.length;
  }
  return added;
}

async function secretParts(
  field: MaterialField,
  form: MaterialForm,
  bytes: Uint8Array,
): Promise<readonly Uint8Array[]> {
  if (field === 'material') return await privateParts(form, bytes);
  if (field === 'passphrase') return [bytes];
  // What comes before the numbers of the signature names the key and its maker, as the public key does.
  const [, body = ''] = ARMOUR_BODY.exec(Buffer.from(bytes).toString().replaceAll('\r', '')) ?? [];
  return [Buffer.from(body, 'base64').subarray(-SIGNATURE_BYTES)];
}

/** The secret numbers of the import keys. */
export async function addImportKey(
  search: SecretSearch,
  importKey: Secret,
  { installation }: InstallationSecrets,
): Promise<number> {
  const opened = decodeImportSecret(importKey, decoded(installation.data?.['id']));
  if (opened.state !== 'valid') throw new Error('The import key cannot be read');
  let added = 0;
  for (const { privateKey } of opened.stored.keys) {
    for (const part of openPgpParts(await readPrivateKey({ armoredKey: privateKey }))) {
      search.add('import key', part);
      added += 1;
    }
  }
  return added;
}

function recordContext({ installation, keyring }: InstallationSecrets): RecordContext {
  const unused = (): Uint8Array => {
    throw new Error('Nothing is sealed here');
  };
  const opened = decodeInstallationSecret(installation);
  const provider = decodeKeyringSecret(keyring, unused);
  if (opened.state === 'invalid' || provider.state === 'invalid') throw new Error('The installation is not valid');
  const { id, macKeys } = opened.installation;
  return { installation: id, macKeys, kek: provider.kek, randomBytes: unused };
}

function listedKeys(value: string | undefined): readonly { readonly id: string; readonly bytes: string }[] {
  return (JSON.parse(decoded(value)) as { keys: { id: string; bytes: string }[] }).keys;
}

function decoded(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}
