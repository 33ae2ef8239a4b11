/** How a command ends that cannot do what it was asked: called in a wrong way, or for another cause. */
export type CliExit = 'Usage' | 'Failure';

/** A command cannot do what it was asked. The message lists every problem with what to do about it, and quotes no value. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: CliExit;

  /** @param task What could not be done, as it follows "Cannot": "seal". */
  constructor(task: string, problems: readonly string[], exit: CliExit = 'Failure') {
    super(
      problems.length === 1
        ? `Cannot ${task}: ${problems.join('')}`
        : [`Cannot ${task}:`, ...problems.map((problem) => `- ${problem}`)].join('\n'),
    );
    this.exit = exit;
  }
}
