import { LAYOUT_ANNOTATION } from '../../api/labels.ts';
import { layoutBeside } from '../../delivery/previous.ts';
import type { PlacedVersion, SecretOwner } from '../planning/key-rules.ts';
import { secretAnnotations } from '../planning/secret-metadata.ts';
import { wantedForVersion } from '../planning/wanted-for-version.ts';
import type { KeyRendering, PreviousVersion, WantedSecret } from '../planning/wanted-secret.ts';
import { aliasOf, formatsOf, isPassphrasePlace, isProtected, specOf } from './spec.ts';

/**
 * The Secret of one place as it has to be. Nothing is copied from the key's own labels or annotations. What it is
 * rendered as stands in an annotation, so that another format, alias or protection is seen as a difference.
 */
export function wantedCryptoSecret(owner: SecretOwner, placed: PlacedVersion): WantedSecret {
  const { version, previous } = placed;
  const rendering = renderingOf(placed);
  const layout = layoutText(rendering);
  return {
    ...wantedForVersion(owner, placed),
    annotations: {
      ...secretAnnotations(owner.identity, version),
      [LAYOUT_ANNOTATION]: previous === undefined ? layout : layoutBeside(layout, previous.version),
    },
    digests: {},
    rendering,
    ...(previous !== undefined && { previous: previousOf({ ...placed, version: previous }) }),
  };
}

/** In the formats that it has: its algorithm may be another. */
function previousOf(placed: PlacedVersion): PreviousVersion {
  const { version, keyId } = placed.version;
  return { version, keyId, hasSigningSecret: false, rendering: renderingOf(placed) };
}

function renderingOf({ place, environment, version: { crypto }, object }: PlacedVersion): KeyRendering {
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
