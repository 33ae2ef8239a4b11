import {
  controllerFlags,
  type ControllerFlagValues,
  type LogFormat,
  type LogLevel,
} from './cli-flags/controller-flags.ts';
import type { Environment } from './cli-flags/flag.ts';
import { helpText } from './cli-flags/help-text.ts';
import { parseFlags } from './cli-flags/parse-flags.ts';
import { formatDuration } from './durations.ts';
import { homePath } from './home-path.ts';

/** What `keywright controller` was told to do. */
export interface Config {
  /** The operator's own namespace. */
  readonly namespace: string;
  /** Create that namespace at start when it is absent. */
  readonly createNamespace: boolean;
  /** Path of a kubeconfig file, "~" resolved. Absent: connect from inside a pod. */
  readonly kubeconfig?: string;
  /** Absent: the kubeconfig's current context. */
  readonly context?: string;
  /** Namespaces to watch, without duplicates. Absent: the whole cluster. */
  readonly watchNamespaces?: readonly string[];
  /** Make the keyring where no record needs one; else wait for it. */
  readonly createsKeyring: boolean;
  /** Id of an installation whose Secret is lost for good. Absent: none is reset. */
  readonly resetInstallation?: string;
  readonly leaderElection: LeaderElectionConfig;
  /** ApiKeys reconciled side by side. */
  readonly workers: number;
  /** Absent: never. */
  readonly resyncIntervalMs?: number;
  /** Absent: every address of the machine. */
  readonly bindAddress?: string;
  /** Absent: no health endpoint. */
  readonly healthPort?: number;
  /** Absent: no metrics endpoint. Equal to `healthPort`: one server for both. */
  readonly metricsPort?: number;
  readonly logLevel: LogLevel;
  /** "auto" is decided by whether standard output is a terminal. */
  readonly logFormat: LogFormat;
}

export interface LeaderElectionConfig {
  readonly enabled: boolean;
  readonly leaseName: string;
  /** Whole seconds. */
  readonly leaseDurationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** What the arguments ask for. Help and version win over everything else, bad flags included. */
export type ControllerCommand =
  | { readonly kind: 'run'; readonly config: Config }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

/** The arguments or the environment cannot be used. The message lists every problem, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(['Cannot start: the configuration is not valid', ...problems.map((problem) => `- ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** client-go's JitterFactor: the wait between two attempts may be this much longer than the retry period. */
const RETRY_JITTER_FACTOR = 1.2;

/**
 * Reads what `keywright controller` was called with. Flags win over environment variables.
 *
 * @param argv Arguments after "controller".
 * @throws {ConfigError} if anything cannot be used.
 */
export function parseControllerConfig(argv: readonly string[], env: Environment): ControllerCommand {
  const { values: given, problems } = parseFlags(controllerFlags, argv, env);
  const values = { ...given, kubeconfig: kubeconfigPath(given.kubeconfig, env) };
  if (values.help) return { kind: 'help', text: controllerHelp() };
  if (values.version) return { kind: 'version' };

  // Fallbacks stand in for refused values, so comparing values makes sense only when all were accepted.
  const found = problems.length > 0 ? problems : contradictions(values);
  if (found.length > 0) throw new ConfigError(found);
  return { kind: 'run', config: toConfig(values) };
}

/** The help of `keywright` itself: its subcommands. */
export function usage(): string {
  return [
    'Usage: keywright <command> [flags]',
    '',
    'Commands:',
    '  controller    Run the operator: mint, deliver, rotate and revoke the keys declared in the cluster',
    '  seal          Seal a key of yours, so that it can be kept in Git and only the operator opens it',
    '',
    'Run "keywright <command> --help" for the flags of a command.',
    '',
  ].join('\n');
}

function controllerHelp(): string {
  return helpText({
    usage: 'keywright controller [flags]',
    about:
      'Runs the operator. It watches KeyProjects and keys, delivers Secrets to the namespaces of their environments, and reports in status. Durations are written like 15s, 1h30m or 500ms.',
    flags: controllerFlags,
  });
}

function contradictions(values: ControllerFlagValues): readonly string[] {
  const lease = values['lease-duration'];
  const renew = values['renew-deadline'];
  const retry = values['retry-period'];
  const found: string[] = [];
  if (lease <= renew) {
    found.push(
      `--lease-duration: got ${formatDuration(lease)}, expected more than --renew-deadline (${formatDuration(renew)}), or two replicas could write at once; for example --lease-duration=15s --renew-deadline=10s`,
    );
  }
  if (renew <= RETRY_JITTER_FACTOR * retry) {
    found.push(
      `--renew-deadline: got ${formatDuration(renew)}, expected more than ${RETRY_JITTER_FACTOR} times --retry-period (${formatDuration(retry)}), or one late attempt loses the lease; for example --renew-deadline=10s --retry-period=2s`,
    );
  }
  if (values.context !== undefined && values.kubeconfig === undefined) {
    found.push(
      '--context: names a context of a kubeconfig file, and in a pod none is read unless named; for example --kubeconfig=~/.kube/config',
    );
  }
  return found;
}

/** The kubeconfig to read: the one named, else in a pod none, else the one that kubectl reads. */
function kubeconfigPath(named: string | undefined, env: Environment): string | undefined {
  const { HOME: home, KUBERNETES_SERVICE_HOST: podServer } = env;
  if (named !== undefined) return homePath(named, home);
  return podServer || !home ? undefined : homePath('~/.kube/config', home);
}

function toConfig(values: ControllerFlagValues): Config {
  const optionals = {
    kubeconfig: values.kubeconfig,
    context: values.context,
    watchNamespaces: values['watch-namespaces'],
    resetInstallation: values['reset-installation'],
    resyncIntervalMs: values['resync-interval'],
    bindAddress: values['bind-address'],
    healthPort: values['health-port'],
    metricsPort: values['metrics-port'],
  };
  return {
    namespace: values.namespace,
    createNamespace: values['create-namespace'],
    createsKeyring: values['create-keyring'],
    leaderElection: {
      enabled: values['leader-elect'],
      leaseName: values['lease-name'],
      leaseDurationMs: values['lease-duration'],
      renewDeadlineMs: values['renew-deadline'],
      retryPeriodMs: values['retry-period'],
    },
    workers: values.workers,
    logLevel: values['log-level'],
    logFormat: values['log-format'],
    ...withoutUndefined(optionals),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Absent rather than undefined, as the optional fields of Config are declared. */
function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
