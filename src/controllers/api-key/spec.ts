import type { ApiKey, ApiKeySpec } from '../../api/generated/api-key.ts';
import type { KeyProjectSpec } from '../../api/generated/key-project.ts';
import type { KeyObject } from '../../api/key-object.ts';
import type { ImportDeclaration } from '../planning/import-facts.ts';
import { composeTokenPrefix, type TokenTypeCode } from '../../keys/token-prefix.ts';

const TYPE_CODES: Readonly<Record<ApiKeySpec['type'], TokenTypeCode>> = { Secret: 'sk', Publishable: 'pk' };

/** The spec of a key that is handled by the rules of this kind. */
export function specOf({ spec }: Pick<KeyObject, 'spec'>): ApiKeySpec {
  return spec as ApiKey['spec'];
}

/** The public first part of a token that is minted now, for example "acme_sk_live". */
export function tokenPrefix({ type }: ApiKeySpec, project: KeyProjectSpec, environmentCode: string): string {
  return composeTokenPrefix({ projectPrefix: project.tokenPrefix, typeCode: TYPE_CODES[type], environmentCode });
}

/** What each environment imports: its own import, or that of the whole key, which then has no other environment. */
export function importDeclarations(object: Pick<KeyObject, 'spec'>): readonly ImportDeclaration[] {
  const { environments, import: common } = specOf(object);
  return environments.flatMap(({ name, import: own = common }): ImportDeclaration[] =>
    own === undefined ? [] : [{ environment: name, source: own, material: { kind: 'Token' } }],
  );
}

/** Is a scope allowed? A policy entry that ends in "*" allows every scope with the text before it; absent policy allows none. */
export function isScopeAllowed(scope: string, allowed: readonly string[] = []): boolean {
  return allowed.some((entry) => (entry.endsWith('*') ? scope.startsWith(entry.slice(0, -1)) : entry === scope));
}
