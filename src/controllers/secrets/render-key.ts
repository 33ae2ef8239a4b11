import { hkdfSync } from 'node:crypto';

import { PASSPHRASE_KEY } from '../../delivery/rendered.ts';
import { KeywrightError } from '../../errors.ts';
import { renderFormats } from '../../keys/crypto/formats/render.ts';
import type { KeyIdentity, VersionEntry } from '../../sealing/ledger.ts';
import type { MaterialField } from '../../sealing/sealed-material.ts';
import type { KeyRendering, WantedSecret } from '../planning/wanted-secret.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { openSealed } from './open-sealed.ts';
import type { StoredRecord } from './stored-record.ts';

/**
 * The values of a Secret that is made from sealed crypto material, base64 by data key. The same version gives the same
 * bytes each time: salts come from the material (HKDF, RFC 5869), so a Secret that was deleted comes back as it was.
 *
 * @throws KW_MATERIAL_UNREADABLE, KW_KEK_UNAVAILABLE when what is sealed does not open, KW_FORMAT_UNAVAILABLE when the
 *   key does not exist in a format.
 */
export async function renderKey(
  ports: KeyPorts,
  identity: KeyIdentity,
  { environment, version }: Pick<WantedSecret, 'environment' | 'version'>,
  rendering: KeyRendering,
  record: StoredRecord,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const opened: Uint8Array[] = [];
  const open = async (field: MaterialField): Promise<Uint8Array> => {
    const bytes = await openSealed(ports, identity, record.sealed, { environment, version, field }, signal);
    opened.push(bytes);
    return bytes;
  };
  try {
    if (rendering.part === 'Passphrase') return encoded({ [PASSPHRASE_KEY]: await open('passphrase') });
    const entry = versionOf(record, environment, version);
    const bytes = await open('material');
    const passphrase = rendering.isProtected ? await open('passphrase') : undefined;
    const values = await render(entry, bytes, rendering, passphrase);
    opened.push(...Object.values(values));
    return encoded(values);
  } finally {
    for (const bytes of opened) bytes.fill(0);
  }
}

async function render(
  { crypto, keyId, createdAt }: VersionEntry,
  bytes: Uint8Array,
  { formats, alias }: KeyRendering,
  passphrase: Uint8Array | undefined,
): Promise<Readonly<Record<string, Uint8Array>>> {
  if (crypto === undefined) throw new TypeError('Cannot render a version that is no crypto key');
  const { algorithm, form } = crypto;
  const salt = (label: string, length: number): Uint8Array =>
    Buffer.from(hkdfSync('sha256', bytes, '', `keywright.dev/format-salt/v1/${keyId}/${label}`, length));
  try {
    return await renderFormats({
      material: { algorithm, form, bytes },
      formats,
      alias,
      createdAt: new Date(createdAt),
      salt,
      ...(passphrase !== undefined && { passphrase }),
    });
  } catch (error) {
    throw new KeywrightError('KW_FORMAT_UNAVAILABLE', { algorithm, formats: formats.join(', ') }, { cause: error });
  }
}

/** What the stored record says of a version that is to be delivered. */
export function versionOf({ ledger }: StoredRecord, environment: string, version: number): VersionEntry {
  const entry = ledger.environments
    .find(({ name }) => name === environment)
    ?.versions.find((known) => known.version === version);
  if (entry === undefined) throw new TypeError('Cannot deliver a version that the ledger does not hold');
  return entry;
}

function encoded(values: Readonly<Record<string, Uint8Array>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]));
}
