import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM. The certificate is its own authority. */
export interface SelfSigned {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate with openssl, valid for a day, by default for 127.0.0.1 and localhost. */
export async function selfSigned(
  commonName: string,
  alternativeNames: string = 'IP:127.0.0.1,DNS:localhost',
): Promise<SelfSigned> {
  const folder = await mkdtemp(join(tmpdir(), 'self-signed-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    const subject = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=${alternativeNames}`];
    await promisify(execFile)('openssl', ['req', '-x509', '-days', '1', ...newKey, ...subject, '-out', cert]);
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
