/**
 * Annotations in which other tools keep a copy of the object they applied. On a Secret that is its data, in plain
 * base64 and outside of `data`: it would outlive what we replace or drop.
 */
const COPIES: readonly RegExp[] = [
  // kubectl apply: the manifest, whole.
  /^kubectl\.kubernetes\.io\/last-applied-configuration$/,
  // kapp deploy (its pkg/kapp/diff): the manifest, and with debugging on what differed; the last is a digest of that.
  /^kapp\.k14s\.io\/original(-diff(-full|-md5)?)?$/,
  // Operators built on k8s-objectmatcher (its patch/annotation.go): the manifest, zipped.
  /^banzaicloud\.com\/last-applied$/,
  // Rancher and Fleet, by wrangler (its pkg/apply): the manifest, gzipped.
  /^objectset\.rio\.cattle\.io\/applied$/,
];

/** The annotations without those that hold a copy of the object's data. */
export function withoutDataCopies(
  annotations: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !COPIES.some((copy) => copy.test(name))));
}
