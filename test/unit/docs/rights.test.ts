import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operatorRules, rulesForPeople, subjectOf } from '../../support/role-rules.ts';

const SECURITY = join(import.meta.dirname, '../../../docs/security.md');

/** Cells of the table of rights; a role stands in its first row only. */
function rowsOfTable(): readonly (readonly string[])[] {
  const [, rights = ''] = /\n## Rights\n(.*?)\n## /s.exec(readFileSync(SECURITY, 'utf8')) ?? [];
  const [, , ...rows] = rights.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test('docs/security.md lists exactly the rules of deploy/rbac, role by role', () => {
  let current = '';
  const listed = rowsOfTable().map(([role = '', group = '', resources = '', verbs = '']) => {
    current = role === '' ? current : role;
    return [current, group, resources, verbs];
  });
  const shipped = [...operatorRules(), ...rulesForPeople()].map((rule) => [
    rule.role,
    rule.apiGroups.map((group) => (group === '' ? 'core' : group)).join(', '),
    subjectOf(rule),
    rule.verbs.join(', '),
  ]);
  expect(listed).toEqual(shipped);
});

test('docs/security.md says of every rule why it is there and what breaks without it', () => {
  const silent = rowsOfTable().filter(([, , , , why = '', without = '']) => why === '' || without === '');
  expect(silent).toEqual([]);
});
