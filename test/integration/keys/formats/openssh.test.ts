import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFormats } from '../../../../src/keys/crypto/formats/render.ts';
import { privateSample, requestFor } from '../../../support/key-samples.ts';
import { runTool } from '../../../support/outside-tool.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openssh-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function keygen(args: readonly string[], input = ''): Promise<string> {
  return (await runTool('ssh-keygen', args, { cwd: folder, input })).toString();
}

describe.each([
  { algorithm: 'RSA-2048', listed: '2048', label: 'RSA' },
  { algorithm: 'EC-P256', listed: '256', label: 'ECDSA' },
  { algorithm: 'EC-P384', listed: '384', label: 'ECDSA' },
  { algorithm: 'EC-P521', listed: '521', label: 'ECDSA' },
  { algorithm: 'Ed25519', listed: '256', label: 'ED25519' },
] as const)('ssh-privatekey of $algorithm', ({ algorithm, listed, label }) => {
  beforeAll(async () => {
    const data = await renderFormats({ ...requestFor(privateSample(algorithm)), formats: ['SSH'] });
    for (const [name, bytes] of Object.entries(data)) await writeFile(join(folder, name), bytes);
    await chmod(join(folder, 'ssh-privatekey'), 0o600);
  });

  it('belongs to ssh-publickey, comment and all', async () => {
    expect(await keygen(['-y', '-f', 'ssh-privatekey'])).toBe(await readFile(join(folder, 'ssh-publickey'), 'utf8'));
  });

  it.each(['ssh-privatekey', 'ssh-publickey'])('is listed with its size by ssh-keygen from %s', async (file) => {
    const line = await keygen(['-l', '-f', file]);
    expect(line).toMatch(new RegExp(`^${listed} SHA256:[A-Za-z0-9+/]{43} hsm-prod-1 \\(${label}\\)\n$`, 'u'));
  });

  it('signs what ssh-publickey verifies', async () => {
    await writeFile(join(folder, 'message'), 'charge 17');
    await keygen(['-Y', 'sign', '-f', 'ssh-privatekey', '-n', 'file', '-q', 'message']);
    const publicKey = await readFile(join(folder, 'ssh-publickey'), 'utf8');
    await writeFile(join(folder, 'allowed'), `payments ${publicKey}`);
    const verify = ['-Y', 'verify', '-f', 'allowed', '-I', 'payments', '-n', 'file', '-s', 'message.sig'];
    expect(await keygen(verify, 'charge 17')).toMatch(/^Good "file" signature for payments/u);
    await expect(keygen(verify, 'charge 18')).rejects.toThrow();
    await rm(join(folder, 'message.sig'));
  });
});
