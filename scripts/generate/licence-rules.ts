/** What package-lock.json says of one installed package; `dev`: it is not installed with the operator. */
export interface LicensedPackage {
  /** An SPDX expression. */
  readonly license?: string;
  readonly dev?: boolean;
}

type Locked = Readonly<Record<string, LicensedPackage>>;

/** Those that ask no more of whoever hands the operator on than to hand their text on too. */
const PERMISSIVE = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'PSF-2.0', 'Unlicense'];
/** OpenPGP.js alone, which the image keeps replaceable: docs/image.md. */
const OF_OPERATOR: readonly string[] = [...PERMISSIVE, 'LGPL-3.0+'];
/** Tools are handed on to nobody. */
const OF_TOOLS: readonly string[] = [...OF_OPERATOR, 'BlueOak-1.0.0', 'CC0-1.0', 'MPL-2.0', 'Python-2.0'];
/** Packages that name their licence in a way that npm does not read; their files LICENSE were read. */
const READ: Readonly<Record<string, string>> = { buildcheck: 'MIT', 'cpu-features': 'MIT', ssh2: 'MIT' };

/** Packages by licence, both in the order of their names. */
export type LicenceList = ReadonlyMap<string, readonly string[]>;

/** @param part Of what the operator is made, or with what it is built and tested. */
export function licencesOf(locked: Locked, part: 'operator' | 'tools'): LicenceList {
  const list = new Map<string, Set<string>>();
  for (const { name, licence } of packagesOf(locked, part)) {
    list.set(licence, (list.get(licence) ?? new Set()).add(name));
  }
  return new Map(
    [...list]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([licence, names]) => [licence, [...names].toSorted()]),
  );
}

/** A sentence for each package whose licence we do not take, or that names none. */
export function licenceFaults(locked: Locked): readonly string[] {
  const faultsOf = (part: 'operator' | 'tools', allowed: readonly string[]): readonly string[] =>
    packagesOf(locked, part)
      .filter(({ licence }) => !licence.split(' AND ').every((each) => allowed.includes(each)))
      .map(({ name, licence }) => `${name}: the licence ${licence} is not among those we take for ${PURPOSE[part]}`);
  return [...faultsOf('operator', OF_OPERATOR), ...faultsOf('tools', OF_TOOLS)];
}

const PURPOSE = { operator: 'what we ship', tools: 'tools' } as const;

function packagesOf(locked: Locked, part: 'operator' | 'tools'): readonly { name: string; licence: string }[] {
  return Object.entries(locked)
    .filter(([path, { dev = false }]) => path !== '' && dev === (part === 'tools'))
    .map(([path, { license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { name, licence: license ?? READ[name] ?? 'unknown' };
    });
}
