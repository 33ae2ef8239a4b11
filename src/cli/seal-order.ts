import type { Environment } from '../cli-flags/flag.ts';
import { helpText } from '../cli-flags/help-text.ts';
import { parseFlags } from '../cli-flags/parse-flags.ts';
import { sealFlags, type SealFlagValues } from '../cli-flags/seal-flags.ts';
import { homePath } from '../home-path.ts';
import type { ImportField } from '../sealing/import-context.ts';
import { CliError } from './cli-error.ts';

/** The key object a value is for, as far as flags or a manifest name it. */
export interface KeyPlace {
  readonly kind: 'ApiKey' | 'CryptoKey';
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
}

/** What `keywright seal` was asked to do. */
export interface SealOrder {
  /** Path, or "-" for standard input. */
  readonly fromFile: string;
  /** Absent: by the kind of key. */
  readonly field?: ImportField;
  /** Complete unless there is a manifest to ask. */
  readonly place: Partial<KeyPlace>;
  /** A name or "*". */
  readonly environment: string;
  /** Path of the manifest to write to. Absent: print. */
  readonly patch?: string;
  readonly validForMs: number;
  readonly recipient: RecipientSource;
}

/** Where the public import key comes from. */
export type RecipientSource =
  | { readonly kind: 'File'; readonly path: string }
  | {
      readonly kind: 'Cluster';
      /** Path of the kubeconfig file, "~" resolved. */
      readonly kubeconfig: string;
      readonly context?: string;
      readonly operatorNamespace: string;
    };

export type SealCommand =
  { readonly kind: 'run'; readonly order: SealOrder } | { readonly kind: 'help'; readonly text: string };

const EXAMPLES = `
Examples:
  Seal a token for one environment and paste the YAML it prints:
    keywright seal --kind=ApiKey --namespace=payments-config --name=checkout --project=payments \\
      --environment=production --from-file=token.txt

  The same into the manifest itself, with the value from a password store:
    pass show checkout | keywright seal --patch=checkout.yaml --environment=production --from-file=-
`;

/**
 * Reads what `keywright seal` was called with.
 *
 * @param argv Arguments after "seal".
 * @throws {CliError} if anything cannot be used or is missing.
 */
export function parseSealCommand(argv: readonly string[], env: Environment): SealCommand {
  const { values, problems } = parseFlags(sealFlags, argv, env);
  if (values.help) return { kind: 'help', text: sealHelp() };
  const found = problems.length > 0 ? problems : [...missing(values), ...contradictions(values, env)];
  if (found.length > 0) throw new CliError('seal', [...found, 'keywright seal --help explains each flag'], 'Usage');
  return { kind: 'run', order: toOrder(values, env) };
}

function sealHelp(): string {
  const about =
    'Seals a key that you have, so that it can be kept in Git: only the operator can open it, only for the object and environment named here, and only for a while. The value is encrypted on this machine with OpenPGP.';
  return helpText({ usage: 'keywright seal [flags]', about, flags: sealFlags }) + EXAMPLES;
}

function missing(values: SealFlagValues): readonly string[] {
  const always = ['from-file', 'environment'] as const;
  const withoutManifest = ['kind', 'namespace', 'name', 'project'] as const;
  const absent = (name: keyof SealFlagValues): boolean => values[name] === undefined;
  const hint = (name: keyof SealFlagValues): string => `for example --${name}=${sealFlags[name].example}`;
  return [
    ...always.filter(absent).map((name) => `--${name} is missing; ${hint(name)}`),
    ...(values.patch === undefined ? withoutManifest.filter(absent) : []).map(
      (name) => `--${name} is missing; ${hint(name)}, or name the manifest with --patch`,
    ),
  ];
}

function contradictions(values: SealFlagValues, env: Environment): readonly string[] {
  const { kind, field, 'import-key': importKey } = values;
  return [
    ...(kind !== undefined && field !== undefined && !isFieldOf(kind, field)
      ? [`--field: got "${field}", which no ${kind} has; leave the flag out`]
      : []),
    ...(importKey === undefined && kubeconfigPath(values, env) === undefined
      ? ['--kubeconfig is missing; name a kubeconfig file, or give the import key as a file with --import-key']
      : []),
  ];
}

/** Whether a kind of key has such a value. */
export function isFieldOf(kind: KeyPlace['kind'], field: ImportField): boolean {
  return kind === 'ApiKey' ? field === 'token' : field !== 'token';
}

function kubeconfigPath({ kubeconfig }: SealFlagValues, { HOME: home }: Environment): string | undefined {
  if (kubeconfig !== undefined) return homePath(kubeconfig, home);
  return home ? homePath('~/.kube/config', home) : undefined;
}

function toOrder(values: SealFlagValues, env: Environment): SealOrder {
  const { kind, namespace, name, project, field, patch, context } = values;
  const path = values['import-key'];
  const cluster = {
    kind: 'Cluster',
    kubeconfig: kubeconfigPath(values, env) ?? '',
    operatorNamespace: values['operator-namespace'],
    ...(context !== undefined && { context }),
  } as const;
  return {
    fromFile: values['from-file'] ?? '',
    place: {
      ...(kind !== undefined && { kind }),
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
      ...(project !== undefined && { project }),
    },
    environment: values.environment ?? '',
    validForMs: values['valid-for'],
    recipient: path === undefined ? cluster : { kind: 'File', path },
    ...(field !== undefined && { field }),
    ...(patch !== undefined && { patch }),
  };
}
