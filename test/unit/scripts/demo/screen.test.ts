import { describe, expect, it } from 'vitest';
import { Screen } from '../../../../scripts/demo/screen.ts';

const ESCAPE = '\u001b';

interface Given {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function screenOf({ env = {}, ...terminal }: Given = {}) {
  const written: string[] = [];
  const output = { ...terminal, write: (text: string) => written.push(text) };
  return { screen: new Screen({ output, env }), text: () => written.join('') };
}

describe('Screen', () => {
  it('writes plain lines where no terminal is', async () => {
    const { screen, text } = screenOf();
    screen.heading('Title');
    screen.block([screen.command('kubectl get pods'), '']);
    await screen.step('Working', async (news) => {
      news('still at it');
      return 'Worked';
    });
    expect(text()).toBe('\nTitle\n\n  $ kubectl get pods\n\n  still at it\n✓ Worked\n');
  });

  it('colours on a terminal', () => {
    const { screen, text } = screenOf({ isTTY: true });
    screen.heading('Title');
    expect(text()).toContain(`${ESCAPE}[1mTitle`);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('uses no colour with %o', (env) => {
    const { screen, text } = screenOf({ isTTY: true, env });
    screen.heading('Title');
    expect(screen.faint('text') + text()).not.toContain(ESCAPE);
  });

  it('shows the step under way on a terminal, cut to its width, and clears it', async () => {
    const { screen, text } = screenOf({ isTTY: true, columns: 10, env: { NO_COLOR: '1' } });
    await screen.step('Working for long', async () => 'Worked');
    expect(text()).toBe(`\r${ESCAPE}[K… Working\r${ESCAPE}[K✓ Worked\n`);
  });

  it('marks a step that failed and passes its error on', async () => {
    const { screen, text } = screenOf();
    const failing = screen.step('Working', async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(text()).toBe('✗ Working\n');
  });
});
