import { describe, expect, test } from 'vitest';
import { sealFlags } from '../../../src/cli-flags/seal-flags.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { parseSealCommand, type SealOrder } from '../../../src/cli/seal-order.ts';

const PLACE = ['--kind=ApiKey', '--namespace=payments-config', '--name=checkout', '--project=payments'];
const VALUE = ['--environment=production', '--from-file=token.txt'];
const ENV = { HOME: '/home/me' };

function orderOf(argv: readonly string[], env: Readonly<Record<string, string>> = ENV): SealOrder {
  const command = parseSealCommand(argv, env);
  if (command.kind !== 'run') throw new TypeError('Expected an order');
  return command.order;
}

function refusalOf(argv: readonly string[], env: Readonly<Record<string, string>> = ENV): CliError {
  try {
    parseSealCommand(argv, env);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new TypeError('Expected a refusal');
}

describe('parseSealCommand', () => {
  test('reads a whole order', () => {
    expect(orderOf([...PLACE, ...VALUE])).toEqual({
      fromFile: 'token.txt',
      place: { kind: 'ApiKey', namespace: 'payments-config', name: 'checkout', project: 'payments' },
      environment: 'production',
      validForMs: 720 * 3_600_000,
      recipient: { kind: 'Cluster', kubeconfig: '/home/me/.kube/config', operatorNamespace: 'keywright-system' },
    });
  });

  test('leaves to a manifest what it can tell', () => {
    expect(orderOf(['--patch=key.yaml', ...VALUE])).toMatchObject({ patch: 'key.yaml', place: {} });
  });

  test.each<{ name: string; argv: readonly string[]; env?: Record<string, string>; want: object }>([
    { name: 'standard input', argv: ['--from-file', '-'], want: { fromFile: '-' } },
    { name: 'all environments', argv: ['--environment=*'], want: { environment: '*' } },
    { name: 'a time', argv: ['--valid-for=90m'], want: { validForMs: 5_400_000 } },
    { name: 'a field', argv: ['--kind=CryptoKey', '--field=passphrase'], want: { field: 'passphrase' } },
    {
      name: 'an import key',
      argv: ['--import-key=k.asc'],
      env: {},
      want: { recipient: { kind: 'File', path: 'k.asc' } },
    },
    {
      name: 'a cluster',
      argv: ['--kubeconfig=~/k', '--context=c', '--operator-namespace=kw'],
      want: { recipient: { kind: 'Cluster', kubeconfig: '/home/me/k', context: 'c', operatorNamespace: 'kw' } },
    },
    {
      name: 'the cluster of KUBECONFIG',
      argv: [],
      env: { KUBECONFIG: '/k' },
      want: { recipient: { kind: 'Cluster', kubeconfig: '/k', operatorNamespace: 'keywright-system' } },
    },
  ])('reads $name', ({ argv, env = ENV, want }) => {
    expect(orderOf([...PLACE, ...VALUE, ...argv], env)).toMatchObject(want);
  });

  test('names all that is missing at once, and where help is', () => {
    const { message, exit } = refusalOf([]);
    expect(exit).toBe('Usage');
    for (const flag of ['from-file', 'environment', 'kind', 'namespace', 'name', 'project']) {
      expect(message).toContain(`--${flag} is missing; for example --${flag}=`);
    }
    expect(message).toContain('keywright seal --help');
  });

  test.each<[string, readonly string[], RegExp, Record<string, string>?]>([
    ['a field the kind does not have', [...PLACE, ...VALUE, '--field=key'], /"key", which no ApiKey has/],
    ['an environment that is no name', [...PLACE, '--from-file=f', '--environment=Prod'], /name of an environment/],
    ['a time too long', [...PLACE, ...VALUE, '--valid-for=9000h'], /a duration from 1m to 8760h/],
    ['standard input for a manifest', [...VALUE, '--patch=-'], /--patch: got "-", expected the path of a file/],
    ['no kubeconfig and no home', [...PLACE, ...VALUE], /--kubeconfig is missing/, {}],
  ])('refuses %s', (_name, argv, message, env = ENV) => {
    expect(refusalOf(argv, env).message).toMatch(message);
  });

  test('repeats no argument that may be the value itself', () => {
    expect(refusalOf([...PLACE, ...VALUE, 'Hunter2']).message).not.toContain('Hunter2');
    expect(refusalOf([...PLACE, ...VALUE, '--token=Hunter2']).message).not.toContain('Hunter2');
  });

  test('explains every flag with --help, whatever else is wrong', () => {
    const command = parseSealCommand(['--bad', '--help'], {});
    if (command.kind !== 'help') throw new TypeError('Expected help');
    for (const flag of Object.keys(sealFlags)) expect(command.text).toContain(`--${flag}`);
    expect(command.text.split('\n').every((line) => line.length <= 100)).toBe(true);
  });
});
