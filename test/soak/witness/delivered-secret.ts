import { createHash, createPublicKey } from 'node:crypto';
import {
  ENVIRONMENT_LABEL,
  KEY_ID_ANNOTATION,
  OWNER_ANNOTATION,
  PROOF_ANNOTATION,
  VERSION_ANNOTATION,
} from '../../../src/api/labels.ts';
import { PREVIOUS_PREFIX } from '../../../src/delivery/previous.ts';
import type { Secret } from '../../../src/kube/objects/objects.ts';

/** A Secret with what the operator says of it and the material it shows. */
export interface DeliveredSecret {
  /** "<namespace>/<name>" */
  readonly place: string;
  /** "<kind>/<namespace>/<name>" of the key. */
  readonly owner: string;
  readonly environment: string;
  readonly version: number;
  /** What ledger and status call the token or key: its hash or fingerprint. Absent: it shows neither. */
  readonly current: string | undefined;
  /** Of the version before, during an overlap. */
  readonly previous: string | undefined;
  /** The token itself, for searching logs. */
  readonly token: string | undefined;
}

/** Undefined for a Secret that does not say it was delivered. Labels and annotations are taken at their word. */
export function deliveredSecret({ metadata, data = {} }: Secret): DeliveredSecret | undefined {
  const { annotations = {}, labels = {}, namespace = '', name } = metadata;
  if (annotations[PROOF_ANNOTATION] === undefined || annotations[KEY_ID_ANNOTATION] === undefined) return undefined;
  return {
    place: `${namespace}/${name}`,
    owner: annotations[OWNER_ANNOTATION] ?? '',
    environment: labels[ENVIRONMENT_LABEL] ?? '',
    version: Number(annotations[VERSION_ANNOTATION]),
    current: materialId(data, ''),
    previous: materialId(data, PREVIOUS_PREFIX),
    token: decoded(data['token']),
  };
}

function materialId(data: Readonly<Record<string, string>>, prefix: string): string | undefined {
  const token = decoded(data[`${prefix}token`]);
  if (token !== undefined) return `sha256:${createHash('sha256').update(token).digest('hex')}`;
  const pem = decoded(data[`${prefix}private.pem`]);
  return pem === undefined ? undefined : fingerprint(pem);
}

/** "SHA256:<base64url>" of the SubjectPublicKeyInfo; of what somebody edited, its hash. */
function fingerprint(privatePem: string): string {
  try {
    const spki = createPublicKey(privatePem).export({ format: 'der', type: 'spki' });
    return `SHA256:${createHash('sha256').update(spki).digest('base64url')}`;
  } catch {
    return `no key: ${createHash('sha256').update(privatePem).digest('hex')}`;
  }
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}
