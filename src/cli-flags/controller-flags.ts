import { CONTEXT_FLAG, HELP_FLAG } from './common-flags.ts';
import type { Flags } from './flag.ts';
import {
  durationBetween,
  durationOrZero,
  INSTALLATION_ID,
  integerBetween,
  IP_ADDRESS,
  KUBECONFIG_FILE,
  NAMESPACE,
  NAMESPACES,
  OBJECT_NAME,
  oneOf,
  optional,
  PORT_OR_OFF,
  SWITCH,
} from './value-kinds.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFormat = 'json' | 'pretty' | 'auto';

/** Values of `keywright controller`'s flags, by flag name. Durations are milliseconds. */
export interface ControllerFlagValues {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly 'create-namespace': boolean;
  readonly 'watch-namespaces': readonly string[] | undefined;
  readonly workers: number;
  readonly 'resync-interval': number | undefined;
  readonly 'create-keyring': boolean;
  readonly 'reset-installation': string | undefined;
  readonly 'leader-elect': boolean;
  readonly 'lease-name': string;
  readonly 'lease-duration': number;
  readonly 'renew-deadline': number;
  readonly 'retry-period': number;
  readonly 'bind-address': string | undefined;
  readonly 'health-port': number | undefined;
  readonly 'metrics-port': number | undefined;
  readonly 'log-level': LogLevel;
  readonly 'log-format': LogFormat;
  readonly version: boolean;
  readonly help: boolean;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

const CLUSTER = 'Cluster';
const WORK = 'Work';
const RECOVERY = 'Recovery';
const LEADER_ELECTION = 'Leader election';
const ENDPOINTS = 'Health and metrics';
const LOGS = 'Logs';
const GENERAL = 'General';

const leaseTime = { minMs: 100, maxMs: HOUR_MS };

/** Every flag of `keywright controller`. Help, parsing and error texts are all made from this table. */
export const controllerFlags: Flags<ControllerFlagValues> = {
  kubeconfig: {
    kind: optional(KUBECONFIG_FILE),
    group: CLUSTER,
    summary: 'Kubeconfig file to connect with.',
    fallback: undefined,
    fallbackText: 'in a pod its service account, elsewhere ~/.kube/config',
    example: '~/.kube/config',
    variables: ['KUBECONFIG'],
  },
  context: { ...CONTEXT_FLAG, group: CLUSTER },
  namespace: {
    kind: NAMESPACE,
    group: CLUSTER,
    summary: "The operator's own namespace: it holds the lease, the key records and the installation's keys.",
    fallback: 'keywright-system',
    fallbackText: 'keywright-system',
    example: 'keywright-system',
    variables: ['KEYWRIGHT_NAMESPACE', 'POD_NAMESPACE'],
  },
  'create-namespace': {
    kind: SWITCH,
    group: CLUSTER,
    summary:
      "Create the operator's namespace at start when it is absent. Meant for runs outside a pod; npm start gives it.",
    fallback: false,
    fallbackText: 'false',
    example: 'true',
  },
  'watch-namespaces': {
    kind: optional(NAMESPACES),
    group: CLUSTER,
    summary:
      'Namespaces the operator may read and write besides its own: every author namespace and every target namespace must be among them.',
    fallback: undefined,
    fallbackText: 'all namespaces',
    example: 'payments-config,payments-prod',
  },
  workers: {
    kind: integerBetween(1, 64),
    group: WORK,
    summary: 'ApiKeys and CryptoKeys reconciled at the same time, together.',
    fallback: 8,
    fallbackText: '8',
    example: '8',
  },
  'resync-interval': {
    kind: durationOrZero({ minMs: 10 * SECOND_MS, maxMs: 8760 * HOUR_MS }, '0s for never'),
    group: WORK,
    summary: 'How often every object is looked at without a change; 0s is never.',
    fallback: 10 * HOUR_MS,
    fallbackText: '10h',
    example: '10h',
  },
  'create-keyring': {
    kind: SWITCH,
    group: WORK,
    summary:
      'Make the Secret keywright-keyring at the first start. With false it is yours to make, and the operator waits for it.',
    fallback: true,
    fallbackText: 'true',
    example: 'false',
  },
  'reset-installation': {
    kind: optional(INSTALLATION_ID),
    group: RECOVERY,
    summary:
      'Makes new MAC keys for this installation, whose Secret keywright-installation is lost for good, and takes all records as they stand. Done once, and only while the Secret is missing; a restored backup is better. See docs/operations.md.',
    fallback: undefined,
    fallbackText: 'no reset',
    example: '0123456789abcdef0123456789abcdef',
  },
  'leader-elect': {
    kind: SWITCH,
    group: LEADER_ELECTION,
    summary: 'Write only while holding the lease. Turn it off only where a second replica is impossible.',
    fallback: true,
    fallbackText: 'true',
    example: 'true',
  },
  'lease-name': {
    kind: OBJECT_NAME,
    group: LEADER_ELECTION,
    summary: "Name of the Lease in the operator's namespace.",
    fallback: 'keywright-controller',
    fallbackText: 'keywright-controller',
    example: 'keywright-controller',
  },
  'lease-duration': {
    // The Lease object holds whole seconds.
    kind: durationBetween({ minMs: SECOND_MS, maxMs: HOUR_MS, stepMs: SECOND_MS }),
    group: LEADER_ELECTION,
    summary: 'How long a lease that is not renewed keeps other replicas out. More than --renew-deadline.',
    fallback: 15 * SECOND_MS,
    fallbackText: '15s',
    example: '15s',
  },
  'renew-deadline': {
    kind: durationBetween(leaseTime),
    group: LEADER_ELECTION,
    summary: 'How long the leader goes on without a successful renewal. More than 1.2 times --retry-period.',
    fallback: 10 * SECOND_MS,
    fallbackText: '10s',
    example: '10s',
  },
  'retry-period': {
    kind: durationBetween(leaseTime),
    group: LEADER_ELECTION,
    summary: 'Wait between two attempts to acquire or renew the lease.',
    fallback: 2 * SECOND_MS,
    fallbackText: '2s',
    example: '2s',
  },
  'bind-address': {
    kind: optional(IP_ADDRESS),
    group: ENDPOINTS,
    summary: 'Address the ports below listen on; npm start gives 127.0.0.1.',
    fallback: undefined,
    fallbackText: 'all addresses',
    example: '127.0.0.1',
  },
  'health-port': {
    kind: PORT_OR_OFF,
    group: ENDPOINTS,
    summary: 'Port of /livez and /readyz; 0 is off.',
    fallback: 8081,
    fallbackText: '8081',
    example: '8081',
  },
  'metrics-port': {
    kind: PORT_OR_OFF,
    group: ENDPOINTS,
    summary: 'Port of /metrics; 0 is off. May be the same as --health-port.',
    fallback: 8080,
    fallbackText: '8080',
    example: '8080',
  },
  'log-level': {
    kind: oneOf('error', 'warn', 'info', 'debug'),
    group: LOGS,
    summary: 'Least severe messages to write.',
    fallback: 'info',
    fallbackText: 'info',
    example: 'debug',
  },
  'log-format': {
    kind: oneOf('json', 'pretty', 'auto'),
    group: LOGS,
    summary: 'json: one object per line; pretty: for people; auto: pretty on a terminal, else json.',
    fallback: 'auto',
    fallbackText: 'auto',
    example: 'json',
  },
  version: {
    kind: SWITCH,
    group: GENERAL,
    summary: 'Print the version and exit.',
    fallback: false,
    example: 'true',
  },
  help: { ...HELP_FLAG, group: GENERAL },
};
