import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** The parts of a structural schema the generators look at. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly default?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** One CEL rule. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly reason?: string;
  /** Relative to the schema that carries the rule, for example ".spec.outputs". */
  readonly fieldPath?: string;
}

/** A CustomResourceDefinition of ours. It has exactly one version. */
export interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster' | 'Namespaced';
    readonly names: {
      readonly kind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly CrdVersion[];
  };
}

export interface CrdVersion {
  readonly name: string;
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
  readonly schema: { readonly openAPIV3Schema: Schema };
}

export interface PrinterColumn {
  readonly name: string;
  readonly description?: string;
  /** Above 0: shown with -o wide only. */
  readonly priority?: number;
}

/** Every CRD in crds/, in order of file name. */
export async function readCrds(): Promise<readonly Crd[]> {
  const folder = new URL('../../crds/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  return Promise.all(names.map(async (name) => parse(await readFile(new URL(name, folder), 'utf8')) as Crd));
}

/** The single version of a CRD. */
export function versionOf(crd: Crd): CrdVersion {
  const [version, ...others] = crd.spec.versions;
  if (version === undefined || others.length > 0) {
    throw new RangeError(`Cannot generate from ${crd.spec.names.kind}: expected exactly one version`);
  }
  return version;
}

/** "KeyProject" → "key-project". */
export function kebabCase(kind: string): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
