import { KeywrightError } from '../../errors.ts';
import type { ReadKey } from '../../keys/crypto/import/import-outcome.ts';
import { withoutLineEnd } from '../../keys/line-end.ts';
import type { KeyIdentity } from '../../sealing/ledger.ts';
import { isValueOf } from '../../sealing/token-hash.ts';
import type { ImportDeclaration } from '../planning/import-facts.ts';
import type { KeyPorts } from '../shared/ports.ts';
import type { ReadSource } from './import-source.ts';
import type { ImportJudge } from './import-judge.ts';
import { readImport } from './read-import.ts';

/** The sources of one key, as its spec declares them. */
export interface PlannedImports {
  readonly ports: KeyPorts;
  readonly identity: KeyIdentity;
  readonly declarations: readonly ImportDeclaration[];
  readonly judge: Pick<ImportJudge, 'judge'>;
  readonly signal: AbortSignal;
}

/**
 * Reads a crypto key again, judges it again, and takes it only if the source holds what was planned on. The caller
 * wipes it.
 *
 * @throws KW_SOURCE_CHANGED, and KW_IMPORT_UNCHECKED where it has to be judged anew, after which the key is woken.
 */
export async function readPlannedKey(
  imports: PlannedImports,
  environment: string,
  sourceHash: string,
): Promise<ReadKey> {
  return await withSource(imports, environment, async ({ material }, source) => {
    const { ports } = imports;
    if (material.kind !== 'CryptoKey' || source.refusal !== undefined) return undefined;
    if (!ports.installation.peppers.matchesKeyedHash(source.content, sourceHash)) return undefined;
    const outcome = await imports.judge.judge(material, source);
    if (outcome === undefined) throw new KeywrightError('KW_IMPORT_UNCHECKED', { environment });
    return outcome.kind === 'Accepted' ? outcome : undefined;
  });
}

/**
 * Reads a token again, if it is the very one that was planned on. The caller wipes it.
 *
 * @throws KW_SOURCE_CHANGED
 */
export async function readPlannedToken(
  imports: PlannedImports,
  environment: string,
  hash: string,
): Promise<Uint8Array> {
  return await withSource(imports, environment, ({ material }, { content }) => {
    const token = withoutLineEnd(content);
    const isPlanned = material.kind === 'Token' && isValueOf(imports.ports.installation, token, hash);
    return Promise.resolve(isPlanned ? Uint8Array.from(token) : undefined);
  });
}

async function withSource<T>(
  { ports, identity, declarations, signal }: PlannedImports,
  environment: string,
  take: (
    declaration: ImportDeclaration,
    source: Extract<ReadSource, { readonly kind: 'Read' }>,
  ) => Promise<T | undefined>,
): Promise<T> {
  const declaration = declarations.find((one) => one.environment === environment);
  const source = declaration && (await readImport(ports, identity, declaration, signal));
  if (declaration === undefined || source?.kind !== 'Read')
    throw new KeywrightError('KW_SOURCE_CHANGED', { environment });
  try {
    const taken = await take(declaration, source);
    if (taken === undefined) throw new KeywrightError('KW_SOURCE_CHANGED', { environment });
    return taken;
  } finally {
    source.content.fill(0);
    source.passphrase?.fill(0);
  }
}
