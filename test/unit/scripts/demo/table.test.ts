import { describe, expect, it } from 'vitest';
import { tableLines } from '../../../../scripts/demo/table.ts';

const columnDefinitions = [{ name: 'Name' }, { name: 'Owner', priority: 1 }, { name: 'Ready', priority: 0 }];

describe('tableLines', () => {
  it('aligns columns of priority 0 under their names, as kubectl does', () => {
    const rows = [{ cells: ['payments', 'team', 'True'] }, { cells: ['x', 'team', 'Unknown'] }];
    expect(tableLines({ columnDefinitions, rows })).toEqual([
      'NAME       READY',
      'payments   True',
      'x          Unknown',
    ]);
  });

  it('puts namespaces first where objects have them', () => {
    const rows = [{ cells: ['a', '', 'True'], object: { metadata: { namespace: 'team' } } }];
    expect(tableLines({ columnDefinitions, rows })).toEqual(['NAMESPACE   NAME   READY', 'team        a      True']);
  });

  it('leaves cells empty that hold no plain value', () => {
    const rows = [{ cells: [null, '', 7] }, { cells: [{ nested: 1 }] }, { cells: [true, '', false] }];
    expect(tableLines({ columnDefinitions, rows })).toEqual(['NAME   READY', '       7', '', 'true   false']);
  });

  it('shows the names of columns when there is no row', () => {
    expect(tableLines({ columnDefinitions, rows: [] })).toEqual(['NAME   READY']);
  });
});
