import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reasonComments } from '../../../scripts/generate/reason-comments.ts';
import {
  ACCEPTED,
  DEPLOYED,
  EXPIRES_SOON,
  ISSUED,
  READY,
  RECONCILING,
  Reason,
  STALLED,
} from '../../../src/api/conditions.ts';

const ROOT = new URL('../../../', import.meta.url);
const source = readFileSync(new URL('src/api/conditions.ts', ROOT), 'utf8');
const page = readFileSync(new URL('docs/reference/conditions.md', ROOT), 'utf8');

const documented = reasonComments(source);

describe('Reason', () => {
  test('names each reason as it stands in a condition', () => {
    for (const [name, reason] of Object.entries(Reason)) expect(reason).toBe(name);
  });

  test('has a doc comment on each', () => {
    expect([...documented.keys()]).toEqual(Object.keys(Reason));
  });

  test.each([...documented])('says under which condition %s appears', (_reason, comment) => {
    expect(comment).toMatch(/^(Ready|Accepted|Issued|Deployed|ExpiresSoon)=(True|False|Unknown)/);
  });
});

describe('condition types', () => {
  test.each([READY, ACCEPTED, ISSUED, DEPLOYED, RECONCILING, STALLED, EXPIRES_SOON])(
    '%s is in the table of docs/reference/conditions.md',
    (type) => {
      expect(page).toMatch(new RegExp(`^\\| ${type} +\\|`, 'm'));
    },
  );
});
