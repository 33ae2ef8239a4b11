import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ACCEPTED, DEPLOYED, ISSUED, READY, RECONCILING, Reason, STALLED } from '../../../src/api/conditions.ts';

const ROOT = new URL('../../../', import.meta.url);
const source = readFileSync(new URL('src/api/conditions.ts', ROOT), 'utf8');
const page = readFileSync(new URL('docs/reference/conditions.md', ROOT), 'utf8');

/** One line, however it was wrapped. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s*\n\s*(?:\* )?/g, ' ').trim();
}

/** Reason to its doc comment. */
function documented(): ReadonlyMap<string, string> {
  const constant = source.slice(source.indexOf('export const Reason = {'));
  const entries = constant.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s*(\w+): '/gs);
  return new Map([...entries].map(([, comment = '', name = '']) => [name, unwrapped(comment)]));
}

/** Heading of the page to the text below it. */
function sections(level: string): ReadonlyMap<string, string> {
  const parts = page.split(new RegExp(`^${level} `, 'm')).slice(1);
  return new Map(
    parts.map((part) => {
      const [heading = '', ...text] = part.split('\n');
      return [heading, unwrapped(text.join('\n').split(/^#/m)[0] ?? '')];
    }),
  );
}

describe('Reason', () => {
  test('names each reason as it stands in a condition', () => {
    for (const [name, reason] of Object.entries(Reason)) expect(reason).toBe(name);
  });

  test('has a doc comment on each', () => {
    expect([...documented().keys()]).toEqual(Object.keys(Reason));
  });

  test('has an entry in docs/reference/conditions.md for each, and the page has no other', () => {
    expect([...sections('###').keys()].toSorted()).toEqual(Object.keys(Reason).toSorted());
  });

  test.each(Object.keys(Reason))('says of %s in the docs what the constant says', (reason) => {
    expect(sections('###').get(reason)).toBe(documented().get(reason));
  });

  test.each([...documented()])('says under which condition %s appears', (_reason, comment) => {
    expect(comment).toMatch(/^(Ready|Accepted|Issued|Deployed)=(True|False|Unknown)/);
  });
});

describe('condition types', () => {
  test.each([READY, ACCEPTED, ISSUED, DEPLOYED, RECONCILING, STALLED])(
    '%s is in the table of docs/reference/conditions.md',
    (type) => {
      expect(page).toMatch(new RegExp(`^\\| ${type} +\\|`, 'm'));
    },
  );
});
