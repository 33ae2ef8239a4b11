import { KeywrightError } from '../../errors.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { openMaterial } from '../../sealing/material.ts';
import type { MaterialRef, SealedMaterial } from '../../sealing/sealed-material.ts';
import type { KeyPorts } from '../shared/ports.ts';
import { sealingFailure } from './sealing-failure.ts';

/**
 * Opens one sealed value of a key. The caller wipes the bytes.
 *
 * @throws KW_MATERIAL_UNREADABLE, KW_KEK_UNAVAILABLE when it does not open.
 */
export async function openSealed(
  { installation }: Pick<KeyPorts, 'installation'>,
  identity: KeyIdentity,
  sealed: SealedMaterial | undefined,
  ref: MaterialRef,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { environment, version } = ref;
  try {
    return await openMaterial(sealed, ref, identity, installation.recordContext, { signal });
  } catch (error) {
    throw sealingFailure(
      error,
      (options) => new KeywrightError('KW_MATERIAL_UNREADABLE', { environment, version }, options),
    );
  }
}
