import type { BundledPackage } from './bundled-packages.ts';
import type { Component } from './sbom.ts';

/** What the bill of materials says of a bundled package. */
export function packageComponent({ name, version, license, integrity }: BundledPackage): Component {
  const [, digest] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    name,
    version,
    // "@" begins the version, so that of a scope is encoded.
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(digest === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
  };
}

/** Under which terms each bundled package may be passed on, in its own words where it brings them. */
export function licenceList(packages: readonly (BundledPackage & { readonly texts: readonly string[] })[]): string {
  const sections = packages.map(({ name, version, license = 'unknown', texts }) => {
    const words = texts.length === 0 ? ['The package brings no text of its licence.'] : texts;
    return [`${name} ${version}`, `License: ${license}`, '', ...words.map((text) => text.trim())].join('\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['Keywright is made with these packages, parts of which it contains.', ...sections].join(rule)}\n`;
}
