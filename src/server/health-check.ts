/** One named question about the process's own state. */
export interface HealthCheck {
  /** Shown in the report: lowercase words joined by "-", for example "informers-synced". */
  readonly name: string;
  /**
   * Returns what is wrong, or undefined when all is well. Must be quick and look only at memory: an API server that
   * is away must not restart the operator. The text is public.
   */
  readonly check: () => string | undefined;
}

export interface HealthReport {
  readonly healthy: boolean;
  /** As Kubernetes writes it: "[+]ping ok" or "[-]name failed: reason" per check, then "readyz check passed". */
  readonly text: string;
}

/** Asks every check. One that throws has failed; what it threw is not shown. */
export function healthReport(endpoint: string, checks: readonly HealthCheck[]): HealthReport {
  const answers = [PING, ...checks].map(({ name, check }) => ({ name, problem: problemOf(check) }));
  const healthy = answers.every(({ problem }) => problem === undefined);
  const lines = answers.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  return { healthy, text: [...lines, `${endpoint} check ${healthy ? 'passed' : 'failed'}`, ''].join('\n') };
}

/** Being able to answer is a check of its own; with it the report is never empty. */
const PING: HealthCheck = { name: 'ping', check: () => undefined };

function problemOf(check: HealthCheck['check']): string | undefined {
  try {
    return check();
  } catch {
    return 'the check itself failed';
  }
}
