/** One part of an image, as CycloneDX 1.6 names its fields: https://cyclonedx.org/docs/1.6/json/ */
export interface Component {
  readonly type: 'application' | 'library' | 'operating-system' | 'platform';
  readonly name: string;
  readonly version: string;
  /** A package URL, which says in one line what it is and from where. */
  readonly purl: string;
  /** For scanners that look up faults by it. */
  readonly cpe?: string;
  readonly licenses?: readonly [{ readonly expression: string }];
  readonly hashes?: readonly { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }[];
}

/**
 * The bill of materials of one thing: a CycloneDX document, as text. The same parts give the same text.
 *
 * @param timestamp Not of the build but of what was built.
 */
export function sbomOf(subject: Component, parts: readonly Component[], timestamp: Date): string {
  const identified = (component: Component) => ({ 'bom-ref': component.purl, ...component });
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp: timestamp.toISOString(), component: identified(subject) },
    components: parts.map(identified),
    dependencies: [{ ref: subject.purl, dependsOn: parts.map(({ purl }) => purl) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
