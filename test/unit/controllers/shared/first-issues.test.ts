import { describe, expect, test } from 'vitest';
import { FirstIssues } from '../../../../src/controllers/shared/first-issues.ts';

describe('FirstIssues', () => {
  test('names the records under way of one project, each once', () => {
    const issues = new FirstIssues();
    issues.begin('payments', 'kw-1');
    issues.begin('payments', 'kw-1');
    issues.begin('payments', 'kw-2');
    issues.begin('billing', 'kw-3');
    expect([...issues.of('payments')]).toEqual(['kw-1', 'kw-2']);
  });

  test('forgets what has ended', () => {
    const issues = new FirstIssues();
    issues.begin('payments', 'kw-1');
    issues.end('payments', 'kw-1');
    issues.end('payments', 'kw-2');
    issues.end('billing', 'kw-1');
    expect([...issues.of('payments')]).toEqual([]);
  });
});
