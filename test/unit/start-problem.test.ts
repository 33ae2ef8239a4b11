import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../src/kube/errors/api-error.ts';
import { KubeconfigError } from '../../src/kube/config/kubeconfig-file.ts';
import { startProblem } from '../../src/start-problem.ts';

describe('startProblem', () => {
  const systemError = (code: string): Error => Object.assign(new Error('text of the system'), { code, port: 8080 });

  it.each([
    {
      error: new KubeconfigError('Cannot use the kubeconfig: it has no context "dev"'),
      want: '--kubeconfig: /k: Cannot use the kubeconfig: it has no context "dev"',
    },
    {
      error: new ConnectionError('credentials', 'Could not read /k: there is no such file'),
      want: '--kubeconfig: Could not read /k: there is no such file; name a kubeconfig file with --kubeconfig or in KUBECONFIG',
    },
    {
      error: systemError('EADDRINUSE'),
      want: '--health-port, --metrics-port: port 8080 is in use; choose another, or 0 for off',
    },
    {
      error: systemError('EACCES'),
      want: '--health-port, --metrics-port: port 8080 needs rights this account does not have; choose another, or 0 for off',
    },
    {
      error: systemError('EADDRNOTAVAIL'),
      want: '--health-port, --metrics-port: port 8080 is on an address this machine does not have; choose another, or 0 for off',
    },
  ])('tells what to change: $want', ({ error, want }) => {
    expect(startProblem(error, { kubeconfig: '/k' })).toBe(want);
  });

  it.each([
    new Error('secret'),
    new ConnectionError('reset', 'secret'),
    systemError('ENOENT'),
    Object.assign(new Error('secret'), { code: 'EADDRINUSE' }),
    'secret',
    undefined,
  ])('leaves %s to the log', (error) => {
    expect(startProblem(error, { kubeconfig: '/k' })).toBeUndefined();
  });

  it('leaves missing credentials of a pod to the log', () => {
    expect(startProblem(new ConnectionError('credentials', 'Could not read'), {})).toBeUndefined();
  });
});
