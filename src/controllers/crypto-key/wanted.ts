import { LAYOUT_ANNOTATION } from '../../api/labels.ts';
import type { KeyObject } from '../../api/key-object.ts';
import type { Place, VersionEntry } from '../../sealing/ledger.ts';
import type { SecretOwner } from '../planning/key-rules.ts';
import { secretAnnotations } from '../planning/secret-metadata.ts';
import { wantedForVersion } from '../planning/wanted-for-version.ts';
import type { KeyRendering, PreviousVersion, WantedSecret } from '../planning/wanted-secret.ts';
import { aliasOf, formatsOf, isPassphrasePlace, isProtected, specOf } from './spec.ts';

/**
 * The Secret of one place as it has to be. Nothing is copied from the key's own labels or annotations. What it is
 * rendered as stands in an annotation, so that another format, alias or protection is seen as a difference.
 *
 * @param object Undefined for a key without its declaration, whose Secrets are not written.
 */
export function wantedCryptoSecret(
  owner: SecretOwner,
  place: Place,
  environment: string,
  version: VersionEntry,
  expiresAt: string | undefined,
  object: KeyObject | undefined,
  previous?: VersionEntry,
): WantedSecret {
  const rendering = renderingOf(place, environment, version, object);
  const layout = layoutText(rendering);
  return {
    ...wantedForVersion(owner, place, environment, version, expiresAt),
    annotations: {
      ...secretAnnotations(owner.identity, version),
      [LAYOUT_ANNOTATION]: previous === undefined ? layout : `${layout} previous=${previous.version}`,
    },
    digests: {},
    rendering,
    ...(previous !== undefined && { previous: previousOf(place, environment, previous, object) }),
  };
}

/** In the formats that it has: its algorithm may be another. */
function previousOf(
  place: Place,
  environment: string,
  version: VersionEntry,
  object: KeyObject | undefined,
): PreviousVersion {
  const { version: number, keyId } = version;
  return {
    version: number,
    keyId,
    hasSigningSecret: false,
    rendering: renderingOf(place, environment, version, object),
  };
}

function renderingOf(
  place: Place,
  environment: string,
  { crypto }: VersionEntry,
  object: KeyObject | undefined,
): KeyRendering {
  if (object === undefined || crypto === undefined) return { part: 'Key', formats: [], alias: '', isProtected: false };
  const spec = specOf(object);
  const isPassphrase = isPassphrasePlace(object, place);
  return {
    part: isPassphrase ? 'Passphrase' : 'Key',
    formats: isPassphrase ? [] : formatsOf(spec, place.output, crypto).toSorted(),
    alias: aliasOf(object, environment),
    isProtected: isProtected(spec),
  };
}

/** For example "PEM,PKCS12 alias=hsm-prod-1 protected". */
function layoutText({ part, formats, alias, isProtected: isLocked }: KeyRendering): string {
  if (part === 'Passphrase') return 'passphrase';
  return [formats.join(','), `alias=${alias}`, ...(isLocked ? ['protected'] : [])].join(' ');
}
