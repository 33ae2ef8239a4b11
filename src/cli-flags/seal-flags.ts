import { MAX_KEY_BYTES, MAX_PASSPHRASE_BYTES, MAX_TOKEN_BYTES } from '../keys/import-limits.ts';
import { CONTEXT_FLAG, HELP_FLAG } from './common-flags.ts';
import type { Flags } from './flag.ts';
import {
  durationBetween,
  ENVIRONMENT,
  FILE,
  FILE_OR_STDIN,
  KEY_NAME,
  KUBECONFIG_FILE,
  NAMESPACE,
  oneOf,
  optional,
} from './value-kinds.ts';

/** Values of `keywright seal`'s flags, by flag name. Durations are milliseconds. */
export interface SealFlagValues {
  readonly 'from-file': string | undefined;
  readonly field: 'token' | 'key' | 'passphrase' | undefined;
  readonly kind: 'ApiKey' | 'CryptoKey' | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly project: string | undefined;
  readonly environment: string | undefined;
  readonly patch: string | undefined;
  readonly 'valid-for': number;
  readonly 'import-key': string | undefined;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly 'operator-namespace': string;
  readonly help: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const VALUE = 'What is sealed';
const PLACE = 'The key object it is for (with --patch, the manifest tells)';
const OUTPUT = 'Output';
const RECIPIENT = 'Whom it is sealed to';
const GENERAL = 'General';

/** Every flag of `keywright seal`. Help, parsing and error texts are all made from this table. */
export const sealFlags: Flags<SealFlagValues> = {
  'from-file': {
    kind: optional(FILE_OR_STDIN),
    group: VALUE,
    summary: `File that holds the value: a key of at most ${kibibytes(MAX_KEY_BYTES)}, a token of ${kibibytes(MAX_TOKEN_BYTES)}, a passphrase of ${kibibytes(MAX_PASSPHRASE_BYTES)}; "-" reads standard input. Of a token or a passphrase the line end is left out. Required: a value on the command line could be read by others.`,
    fallback: undefined,
    example: 'token.txt',
  },
  field: {
    kind: optional(oneOf('token', 'key', 'passphrase')),
    group: VALUE,
    summary:
      'What the value is: the token of an ApiKey, the key of a CryptoKey, or the passphrase which that key is protected with.',
    fallback: undefined,
    fallbackText: 'token for an ApiKey, key for a CryptoKey',
    example: 'token',
  },
  kind: {
    kind: optional(oneOf('ApiKey', 'CryptoKey')),
    group: PLACE,
    summary: 'Kind of the object.',
    fallback: undefined,
    example: 'ApiKey',
  },
  namespace: {
    kind: optional(NAMESPACE),
    group: PLACE,
    summary: 'Namespace the object is declared in.',
    fallback: undefined,
    example: 'payments-config',
  },
  name: {
    kind: optional(KEY_NAME),
    group: PLACE,
    summary: 'Name of the object.',
    fallback: undefined,
    example: 'checkout',
  },
  project: {
    kind: optional(KEY_NAME),
    group: PLACE,
    summary: 'The KeyProject in its spec.project.',
    fallback: undefined,
    example: 'payments',
  },
  environment: {
    kind: optional(ENVIRONMENT),
    group: PLACE,
    summary: 'Environment the value is for; "*" makes one message for all of the key. Required.',
    fallback: undefined,
    example: 'production',
  },
  patch: {
    kind: optional(FILE),
    group: OUTPUT,
    summary: 'Manifest to write the message into, in place; its comments stay.',
    fallback: undefined,
    fallbackText: 'the YAML to paste is printed',
    example: 'checkout.yaml',
  },
  'valid-for': {
    kind: durationBetween({ minMs: MINUTE_MS, maxMs: 8760 * HOUR_MS }),
    group: OUTPUT,
    summary: 'How long the operator may take the message up; what it has imported stays.',
    fallback: 720 * HOUR_MS,
    fallbackText: '720h',
    example: '720h',
  },
  'import-key': {
    kind: optional(FILE),
    group: RECIPIENT,
    summary:
      'File with the public import key (import-key.asc). No cluster is asked then, so get it from somebody you trust.',
    fallback: undefined,
    fallbackText: 'fetched from the cluster, and compared with what the KeyProject reports',
    example: 'import-key.asc',
  },
  kubeconfig: {
    kind: optional(KUBECONFIG_FILE),
    group: RECIPIENT,
    summary: 'Kubeconfig file to fetch the import key with.',
    fallback: undefined,
    fallbackText: '~/.kube/config',
    example: '~/.kube/config',
    variables: ['KUBECONFIG'],
  },
  context: { ...CONTEXT_FLAG, group: RECIPIENT },
  'operator-namespace': {
    kind: NAMESPACE,
    group: RECIPIENT,
    summary: 'Namespace of the operator, which publishes the import key there.',
    fallback: 'keywright-system',
    fallbackText: 'keywright-system',
    example: 'keywright-system',
  },
  help: { ...HELP_FLAG, group: GENERAL },
};

function kibibytes(bytes: number): string {
  return `${bytes / 1024} KiB`;
}
