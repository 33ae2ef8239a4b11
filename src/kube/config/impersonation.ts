import { KubeconfigError, type KubeconfigSection } from './kubeconfig-file.ts';

/**
 * Headers for the "as…" fields of a kubeconfig's user.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export function impersonationHeaders(user: KubeconfigSection): Readonly<Record<string, string | readonly string[]>> {
  const name = user.text('as');
  const uid = user.text('as-uid');
  const groups = user.texts('as-groups');
  const extra = user.section('as-user-extra');
  if (name === undefined && (uid !== undefined || groups.length > 0 || extra !== undefined)) {
    throw new KubeconfigError('Cannot use the kubeconfig: as-uid, as-groups and as-user-extra need "as"');
  }
  return {
    ...(name === undefined ? {} : { 'impersonate-user': name }),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
    ...extraHeaders(extra),
  };
}

function extraHeaders(extra: KubeconfigSection | undefined): Record<string, readonly string[]> {
  if (extra === undefined) return {};
  const keys = Object.keys(extra.raw());
  return Object.fromEntries(keys.map((key) => [`impersonate-extra-${encodeURIComponent(key)}`, extra.texts(key)]));
}
