import { parse } from 'yaml';
import { isRecord } from '../client/answer.ts';

/** A kubeconfig that cannot be used. Names fields, never values: they may be credentials. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** One mapping of the file, with checked access to its fields. */
export class KubeconfigSection {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(fields: Readonly<Record<string, unknown>>, path: string) {
    this.#fields = fields;
    this.#path = path;
  }

  /** Undefined if absent or empty. */
  text(field: string): string | undefined {
    const value = this.#present(field);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw this.#wrong(field, 'text');
    return value;
  }

  requiredText(field: string): string {
    const value = this.text(field);
    if (value === undefined) throw this.#wrong(field, 'set');
    return value;
  }

  /** Decodes a "…-data" field. */
  base64(field: string): string | undefined {
    const value = this.text(field);
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
  }

  flag(field: string): boolean {
    const value = this.#present(field) ?? false;
    if (typeof value !== 'boolean') throw this.#wrong(field, 'true or false');
    return value;
  }

  texts(field: string): readonly string[] {
    const value = this.#present(field) ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw this.#wrong(field, 'a list of texts');
    }
    return value;
  }

  sections(field: string): readonly KubeconfigSection[] {
    const value = this.#present(field) ?? [];
    if (!Array.isArray(value)) throw this.#wrong(field, 'a list');
    return value.map(
      (item, index) => new KubeconfigSection(isRecord(item) ? item : {}, `${this.#path}${field}[${index}].`),
    );
  }

  section(field: string): KubeconfigSection | undefined {
    const value = this.#present(field);
    if (value === undefined) return undefined;
    if (!isRecord(value)) throw this.#wrong(field, 'a mapping');
    return new KubeconfigSection(value, `${this.#path}${field}.`);
  }

  /** The mapping itself, for whoever understands it. */
  raw(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }

  /** The fields of `names` that are set. */
  namesSet(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.#present(name) !== undefined);
  }

  #present(field: string): unknown {
    return this.#fields[field] ?? undefined;
  }

  #wrong(field: string, expected: string): KubeconfigError {
    return new KubeconfigError(`Cannot use the kubeconfig: ${this.#path}${field} must be ${expected}`);
  }
}

/** @throws {KubeconfigError} if the text is no YAML mapping. */
export function parseKubeconfig(text: string): KubeconfigSection {
  const root = parsedYaml(text);
  if (!isRecord(root)) throw new KubeconfigError('Cannot use the kubeconfig: it is no YAML mapping');
  return new KubeconfigSection(root, '');
}

function parsedYaml(text: string): unknown {
  try {
    // 'silent' would make what can be made of a broken file.
    return parse(text, { logLevel: 'error' });
  } catch {
    // The parser's error quotes the lines around the fault, and these may hold a key: it goes no further.
    throw new KubeconfigError('Cannot use the kubeconfig: it is not YAML');
  }
}
