import { describe, expect, it } from 'vitest';
import { controllerFlags } from '../../src/cli-flags/controller-flags.ts';
import type { Environment } from '../../src/cli-flags/flag.ts';
import { type Config, ConfigError, parseControllerConfig, usage } from '../../src/config.ts';

const defaults: Config = {
  namespace: 'keywright-system',
  createNamespace: false,
  createsKeyring: true,
  leaderElection: {
    enabled: true,
    leaseName: 'keywright-controller',
    leaseDurationMs: 15_000,
    renewDeadlineMs: 10_000,
    retryPeriodMs: 2_000,
  },
  workers: 8,
  resyncIntervalMs: 36_000_000,
  healthPort: 8081,
  metricsPort: 8080,
  logLevel: 'info',
  logFormat: 'auto',
};
const lease = defaults.leaderElection;

function configOf(argv: readonly string[], env: Environment = {}): Config {
  const command = parseControllerConfig(argv, env);
  if (command.kind !== 'run') throw new TypeError(`Expected a configuration, got ${command.kind}`);
  return command.config;
}

function problemsOf(argv: readonly string[], env: Environment = {}): readonly string[] {
  try {
    parseControllerConfig(argv, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseControllerConfig accepts', () => {
  const rows: readonly { argv: readonly string[]; env?: Environment; want: Partial<Config> }[] = [
    { argv: [], want: {} },
    { argv: ['--namespace', 'kw'], want: { namespace: 'kw' } },
    { argv: ['--namespace=kw'], want: { namespace: 'kw' } },
    { argv: ['--namespace=a', '--namespace=b'], want: { namespace: 'b' } },
    { argv: [`--reset-installation=${'0a'.repeat(16)}`], want: { resetInstallation: '0a'.repeat(16) } },
    { argv: [], env: { POD_NAMESPACE: 'pod' }, want: { namespace: 'pod' } },
    { argv: [], env: { KEYWRIGHT_NAMESPACE: 'kw', POD_NAMESPACE: 'pod' }, want: { namespace: 'kw' } },
    { argv: [], env: { KEYWRIGHT_NAMESPACE: '', POD_NAMESPACE: 'pod' }, want: { namespace: 'pod' } },
    { argv: ['--namespace=flag'], env: { KEYWRIGHT_NAMESPACE: 'kw' }, want: { namespace: 'flag' } },
    { argv: ['--namespace=flag'], env: { KEYWRIGHT_NAMESPACE: 'NOT VALID' }, want: { namespace: 'flag' } },
    { argv: ['--kubeconfig=/tmp/k', '--context=c'], want: { kubeconfig: '/tmp/k', context: 'c' } },
    { argv: ['--context=c'], env: { KUBECONFIG: '/tmp/k' }, want: { kubeconfig: '/tmp/k', context: 'c' } },
    { argv: [], env: { HOME: '/home/me' }, want: { kubeconfig: '/home/me/.kube/config' } },
    { argv: ['--context=c'], env: { HOME: '/home/me' }, want: { kubeconfig: '/home/me/.kube/config', context: 'c' } },
    { argv: [], env: { HOME: '/home/me', KUBECONFIG: '/tmp/k' }, want: { kubeconfig: '/tmp/k' } },
    { argv: [], env: { KUBECONFIG: ':/tmp/k:' }, want: { kubeconfig: '/tmp/k' } },
    { argv: [], env: { HOME: '/home/me', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, want: {} },
    { argv: ['--kubeconfig=~/k'], env: { HOME: '/home/me' }, want: { kubeconfig: '/home/me/k' } },
    {
      argv: ['--kubeconfig=/tmp/k'],
      env: { HOME: '/home/me', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      want: { kubeconfig: '/tmp/k' },
    },
    { argv: ['--watch-namespaces=b, a,b'], want: { watchNamespaces: ['b', 'a'] } },
    { argv: ['--create-namespace'], want: { createNamespace: true } },
    { argv: ['--create-namespace=false'], want: { createNamespace: false } },
    { argv: ['--leader-elect=false'], want: { leaderElection: { ...lease, enabled: false } } },
    { argv: ['--lease-name=kw.shard-1'], want: { leaderElection: { ...lease, leaseName: 'kw.shard-1' } } },
    {
      argv: ['--lease-duration=1m', '--renew-deadline=2.5s', '--retry-period=500ms'],
      want: { leaderElection: { ...lease, leaseDurationMs: 60_000, renewDeadlineMs: 2_500, retryPeriodMs: 500 } },
    },
    { argv: ['--workers=1'], want: { workers: 1 } },
    { argv: ['--resync-interval=1h30m'], want: { resyncIntervalMs: 5_400_000 } },
    { argv: ['--bind-address=::1'], want: { bindAddress: '::1' } },
    { argv: ['--health-port=9000', '--metrics-port=9000'], want: { healthPort: 9000, metricsPort: 9000 } },
    { argv: ['--log-level=debug', '--log-format=pretty'], want: { logLevel: 'debug', logFormat: 'pretty' } },
  ];
  it.each(rows)('$argv with $env', ({ argv, env = {}, want }) => {
    expect(configOf(argv, env)).toEqual({ ...defaults, ...want });
  });

  it.each([
    { argv: ['--resync-interval=0s'], field: 'resyncIntervalMs' },
    { argv: ['--resync-interval=0'], field: 'resyncIntervalMs' },
    { argv: ['--metrics-port=0'], field: 'metricsPort' },
    { argv: ['--health-port=0'], field: 'healthPort' },
  ])('$argv and leaves $field out', ({ argv, field }) => {
    expect(configOf(argv)).not.toHaveProperty(field);
  });
});

describe('parseControllerConfig refuses', () => {
  it.each([
    ['--namespace=Kw', '--namespace: got "Kw", expected a namespace name'],
    ['--namespace=', '--namespace: got "", expected a namespace name'],
    ['--reset-installation=payments', '--reset-installation: got "payments", expected the id of an installation'],
    ['--watch-namespaces=', '--watch-namespaces: got "", expected 1 to 500 namespace names'],
    ['--watch-namespaces=a,,b', '--watch-namespaces: got "a,,b"'],
    ['--kubeconfig=', '--kubeconfig: got "", expected the path of one kubeconfig file'],
    [
      '--kubeconfig=/tmp/a:/tmp/b',
      '--kubeconfig: got "/tmp/a:/tmp/b", expected the path of one kubeconfig file ("kubectl',
    ],
    ['--workers=0', '--workers: got "0", expected a whole number from 1 to 64, for example --workers=8'],
    ['--workers=65', '--workers: got "65"'],
    ['--workers=1e1', '--workers: got "1e1"'],
    ['--workers= 8', '--workers: got " 8"'],
    ['--leader-elect=yes', '--leader-elect: got "yes", expected true or false'],
    ['--lease-name=a..b', '--lease-name: got "a..b", expected an object name'],
    ['--lease-duration=1.5s', '--lease-duration: got "1.5s", expected a duration from 1s to 1h in steps of 1s'],
    ['--lease-duration=15', '--lease-duration: got "15"'],
    ['--retry-period=0s', '--retry-period: got "0s", expected a duration from 100ms to 1h'],
    ['--resync-interval=1s', '--resync-interval: got "1s", expected a duration from 10s to 8760h, or 0s for never'],
    ['--resync-interval=-1h', '--resync-interval: got "-1h"'],
    ['--bind-address=localhost', '--bind-address: got "localhost", expected an IPv4 or IPv6 address'],
    ['--bind-address=[::1]', '--bind-address: got "[::1]"'],
    ['--health-port=65536', '--health-port: got "65536", expected a port from 1 to 65535, or 0 for off'],
    ['--metrics-port=-1', '--metrics-port: got "-1"'],
    ['--log-level=trace', '--log-level: got "trace", expected one of error, warn, info, debug'],
    ['--log-format=text', '--log-format: got "text", expected one of json, pretty, auto'],
    ['--namespace', '--namespace needs a value: expected a namespace name'],
    ['--worker=8', 'Unknown flag --worker; did you mean --workers?'],
    ['--leader-election', 'Unknown flag --leader-election; did you mean --leader-elect?'],
    ['--zebra', 'Unknown flag --zebra; --help lists the known ones'],
    ['--toString', 'Unknown flag --toString; --help lists the known ones'],
    ['-namespace=kw', 'Unknown flag with one dash'],
    ['-n', 'Unknown flag -n; flags start with two dashes: --help lists them'],
    ['--lease_name=kw', 'Unknown flag --lease_name; did you mean --lease-name?'],
    ['--lease.name=kw', 'Unknown flag --lease.name; did you mean --lease-name?'],
    ['run', 'Unexpected argument "run"; only flags are accepted here'],
    ['./kube/config', 'Unexpected argument "./kube/config"; only flags'],
  ])('%s', (argument, problem) => {
    const problems = problemsOf([argument]);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  it('a flag whose value looks like the next flag', () => {
    const problems = problemsOf(['--namespace', '--create-namespace']);
    expect(problems).toEqual([expect.stringContaining('--namespace needs a value')]);
  });

  it('a switch with its value as a separate word, and says how to write it', () => {
    expect(problemsOf(['--leader-elect', 'false'])).toEqual([
      'Unexpected argument "false" after --leader-elect; write --leader-elect=<value>',
    ]);
  });

  it('a stray word by itself, not by a flag before it that has its value', () => {
    expect(problemsOf(['--create-namespace', '--bind-address=127.0.0.1', 'foo'])).toEqual([
      'Unexpected argument "foo"; only flags are accepted here',
    ]);
    expect(problemsOf(['--bind-address', '127.0.0.1', 'foo'])).toEqual([
      'Unexpected argument "foo"; only flags are accepted here',
    ]);
  });

  it('a bad environment variable under its name', () => {
    expect(problemsOf([], { POD_NAMESPACE: 'Kw' })).toEqual([
      expect.stringContaining('--namespace (from POD_NAMESPACE): got "Kw"'),
    ]);
  });

  it('a context in a pod that names no kubeconfig', () => {
    expect(problemsOf(['--context=c'], { HOME: '/home/me', KUBERNETES_SERVICE_HOST: '10.0.0.1' })).toEqual([
      expect.stringContaining('--context: names a context'),
    ]);
  });

  it.each([
    { argv: ['--lease-duration=10s'], flag: '--lease-duration: got 10s, expected more than --renew-deadline (10s)' },
    { argv: ['--renew-deadline=15s'], flag: '--lease-duration: got 15s' },
    {
      argv: ['--retry-period=9s'],
      flag: '--renew-deadline: got 10s, expected more than 1.2 times --retry-period (9s)',
    },
    { argv: ['--renew-deadline=2.4s'], flag: '--renew-deadline: got 2s400ms' },
  ])('lease times out of order: $argv', ({ argv, flag }) => {
    expect(problemsOf(argv)).toEqual([expect.stringContaining(flag)]);
  });

  it('everything that is wrong at once', () => {
    const argv = ['--workers=x', '--lease-duration=x', '--nope', '--log-level=x'];
    expect(problemsOf(argv)).toHaveLength(4);
    expect(() => parseControllerConfig(argv, {})).toThrow(
      /^Cannot start: .*\n- Unknown flag --nope.*\n- --workers: .*/,
    );
  });

  it.each([
    ['--token=hunter2'],
    ['--token', 'hunter2'],
    ['hunter2'],
    ['-hunter2'],
    ['-token=hunter2'],
    ['--acme_sk_live_hunter2'],
    ['--', 'hunter2'],
  ])('what it does not know without repeating it: %s %s', (...argv) => {
    const problems = problemsOf(argv);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('a long value with a short quote of it', () => {
    expect(problemsOf([`--workers=${'9'.repeat(500)}`])[0]?.length).toBeLessThan(200);
  });
});

describe('parseControllerConfig --help', () => {
  const command = parseControllerConfig(['--help'], {});
  const text = command.kind === 'help' ? command.text : '';

  it.each(Object.entries(controllerFlags))('explains --%s', (name, { summary, fallbackText, variables = [] }) => {
    const words = text.replaceAll(/\s+/g, ' ');
    expect(text).toMatch(new RegExp(`^  (?:-\\w, )?--${name}(?:=<[^>]+>)?(?:$| )`, 'm'));
    expect(words).toContain(summary);
    if (fallbackText !== undefined) expect(words).toContain(`Default: ${fallbackText}.`);
    for (const variable of variables) expect(words).toContain(variable);
  });

  it('names each group once', () => {
    const headings = text.split('\n').filter((line) => /^\w.*:$/.test(line));
    expect(headings).toEqual([...new Set(Object.values(controllerFlags).map(({ group }) => `${group}:`))]);
  });

  it('fits 100 columns', () => {
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it.each([['-h'], ['--help', '--nope'], ['--version', '--help']])('is shown for %s %s', (...argv) => {
    expect(parseControllerConfig(argv, {})).toEqual(command);
  });

  it('states defaults and examples that the flags accept', () => {
    for (const [name, { example, kind, fallback, fallbackText = '' }] of Object.entries(controllerFlags)) {
      expect(() => kind.parse(example), `--${name}`).not.toThrow();
      const isPhrase = fallback === undefined || fallbackText === '';
      if (!isPhrase) expect(kind.parse(fallbackText), `--${name}`).toEqual(fallback);
    }
  });
});

describe('parseControllerConfig --version', () => {
  it('is answered whatever else is given', () => {
    expect(parseControllerConfig(['--version', '--nope'], {})).toEqual({ kind: 'version' });
  });
});

describe('usage', () => {
  it('lists the subcommands and how to get their help', () => {
    expect(usage()).toMatch(/^ {2}controller {2,}\S/m);
    expect(usage()).toContain('keywright <command> --help');
  });
});
