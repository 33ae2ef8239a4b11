import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where the demo writes; process.stdout is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of the terminal. */
  readonly columns?: number;
}

export interface ScreenOptions {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const TICK_MS = 1_000;
const CLEAR_LINE = '\r\u001b[K';

/**
 * What the person sees. On a terminal the step under way shows for how long it has been going on; elsewhere a step is
 * one line when it is done. Colours only on a terminal, and not where NO_COLOR is set (https://no-color.org).
 */
export class Screen {
  readonly #output: Output;
  readonly #isTerminal: boolean;
  readonly #hasColours: boolean;

  constructor({ output, env }: ScreenOptions) {
    this.#output = output;
    this.#isTerminal = output.isTTY === true && env['TERM'] !== 'dumb';
    this.#hasColours = this.#isTerminal && !env['NO_COLOR'];
  }

  line(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(`\n${this.#style('bold', text)}\n`);
  }

  /** Lines that belong to what stands above, such as a table. */
  block(lines: readonly string[]): void {
    for (const line of lines) this.line(`  ${line}`.trimEnd());
  }

  /** A command as one would type it, for a block. */
  command(text: string): string {
    return this.#style('cyan', `$ ${text}`);
  }

  /** Less important text. */
  faint(text: string): string {
    return this.#style('dim', text);
  }

  /**
   * Shows what is being done, then that it is done, in whole sentences.
   *
   * @param work Gets a function for news that come while it takes long; returns the sentence for its success.
   */
  async step(doing: string, work: (news: (text: string) => void) => Promise<string>): Promise<void> {
    const startedMs = performance.now();
    const elapsed = (): string => {
      const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
      return seconds === '0.0' ? '' : ` (${seconds} s)`;
    };
    const show = (): void => {
      // A line that wraps could not be cleared again.
      const shown = `… ${doing}${elapsed()}`.slice(0, (this.#output.columns ?? 80) - 1);
      if (this.#isTerminal) this.#output.write(`${CLEAR_LINE}${this.#style('dim', shown)}`);
    };
    const clear = (): void => {
      if (this.#isTerminal) this.#output.write(CLEAR_LINE);
    };
    const news = (text: string): void => {
      clear();
      this.line(this.#style('dim', `  ${text}`));
      show();
    };
    show();
    const ticks = setInterval(show, TICK_MS);
    try {
      const done = await work(news);
      clear();
      this.line(`${this.#style('green', '✓')} ${done}${this.#style('dim', elapsed())}`);
    } catch (error) {
      clear();
      this.line(`${this.#style('red', '✗')} ${doing}${this.#style('dim', elapsed())}`);
      throw error;
    } finally {
      clearInterval(ticks);
    }
  }

  #style(style: Style, text: string): string {
    return this.#hasColours ? styleText(style, text, { validateStream: false }) : text;
  }
}
