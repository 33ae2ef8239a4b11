import { importMaterial } from '../../../../../src/keys/crypto/import/import-material.ts';
import type { ImportRequest } from '../../../../../src/keys/crypto/import/import-material.ts';
import type { ImportOutcome } from '../../../../../src/keys/crypto/import/import-outcome.ts';

export const NOW: Date = new Date('2026-11-23T00:00:00Z');

export type Given = Omit<ImportRequest, 'bytes' | 'now' | 'passphrase'> & {
  readonly input: string | Uint8Array;
  readonly passphrase?: string;
  readonly now?: Date;
};

export async function importing({ input, passphrase, ...given }: Given): Promise<ImportOutcome> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  return await importMaterial({
    now: NOW,
    ...given,
    bytes,
    ...(passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) }),
  });
}

export function pem(label: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes).toString('base64').replaceAll(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}
