import { describe, expect, test } from 'vitest';
import { openSealed } from '../../../../src/controllers/secrets/open-sealed.ts';
import type { KeyIdentity } from '../../../../src/sealing/ledger.ts';
import type { MaterialRef } from '../../../../src/sealing/sealed-material.ts';
import { cryptoLedger, partner } from '../../../support/partner-key.ts';
import { readyInstallation, sealedRecord } from '../../../support/crypto-record.ts';

const ref: MaterialRef = { environment: 'production', version: 4, field: 'material' };
const plaintext = Buffer.from('canary-key-material');
const { sealed } = await sealedRecord(cryptoLedger(), [{ ...ref, plaintext }]);

function open(at: Partial<MaterialRef> = {}, identity: KeyIdentity = partner): Promise<Uint8Array> {
  const ports = { installation: readyInstallation() };
  return openSealed(ports, identity, sealed, { ...ref, ...at }, new AbortController().signal);
}

describe('openSealed', () => {
  test('opens what was sealed', async () => {
    expect(Buffer.from(await open())).toEqual(plaintext);
  });

  test.each<{ name: string; at?: Partial<MaterialRef>; identity?: Partial<KeyIdentity> }>([
    { name: 'another environment', at: { environment: 'staging' } },
    { name: 'another version', at: { version: 3 } },
    { name: 'another field', at: { field: 'passphrase' } },
    { name: 'a key of another name', identity: { name: 'other' } },
    { name: 'a key of another project', identity: { project: 'billing' } },
    { name: 'a key of another kind', identity: { kind: 'ApiKey' } },
  ])('does not open it for $name, and names the version alone', async ({ at, identity }) => {
    const failure: unknown = await open(at, { ...partner, ...identity }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'KW_MATERIAL_UNREADABLE', retry: 'terminal' });
    expect(String(failure)).toContain(
      `version ${at?.version ?? 4} in environment "${at?.environment ?? 'production'}"`,
    );
    expect(String(failure)).not.toContain('canary');
  });

  test('says the same where nothing is sealed', async () => {
    const ports = { installation: readyInstallation() };
    await expect(openSealed(ports, partner, undefined, ref, new AbortController().signal)).rejects.toMatchObject({
      code: 'KW_MATERIAL_UNREADABLE',
    });
  });
});
