/** What npm's lock file says of one installed package. */
export interface LockedPackage {
  readonly version: string;
  /** An SPDX expression. */
  readonly license?: string;
  /** Digest of the package as published: "sha512-" and base64. */
  readonly integrity?: string;
  /** Installed for development only. */
  readonly dev?: boolean;
}

/** A package of which code went into the bundle. */
export interface BundledPackage extends LockedPackage {
  readonly name: string;
  /** Its folder, relative to the root of the repository: "node_modules/pino". */
  readonly path: string;
}

const FOLDER = 'node_modules/';
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The packages that modules belong to, by name; two versions of one are two packages.
 *
 * @param modules Absolute paths; those outside of node_modules are ours.
 * @param locked The `packages` of package-lock.json.
 * @throws {Error} for a module of a package that is not locked, as nobody could say what it is, or that is there for
 *   development only, as a build without it would give something else.
 */
export function bundledPackages(
  modules: readonly string[],
  locked: Readonly<Record<string, LockedPackage>>,
): readonly BundledPackage[] {
  const installed = modules
    .filter((module) => module.includes(`/${FOLDER}`))
    .map((module) => module.slice(module.indexOf(`/${FOLDER}`) + 1));
  const paths = new Set(installed.map((module) => PACKAGE.exec(module)?.[0] ?? module));
  return [...paths].toSorted().map((path) => {
    const entry = locked[path];
    if (entry === undefined) throw new Error(`Cannot list what is bundled: package-lock.json has no ${path}`);
    if (entry.dev === true) throw new Error(`Cannot bundle ${path}: it is installed for development only`);
    return { ...entry, path, name: path.slice(path.lastIndexOf(FOLDER) + FOLDER.length) };
  });
}
