/**
 * Checks that package-lock.json installs on every platform and from any registry: npm leaves out the optional
 * packages that the registry it reached did not have, and `npm ci` then fails elsewhere.
 */
import { readFile } from 'node:fs/promises';

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
  packages: Readonly<Record<string, LockEntry>>;
};
const entries = Object.entries(lock.packages);
const installed = new Set(
  entries.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
);

const faults = entries.flatMap(([path, { resolved, optionalDependencies = {} }]) => [
  ...(resolved === undefined ? [] : [`${path}: names a registry; .npmrc keeps that out`]),
  ...Object.keys(optionalDependencies)
    .filter((name) => !installed.has(name))
    .map((name) => `${path}: ${name} is missing; pin a release that is complete`),
]);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
