/** What the API server answers for kubectl: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface ServerTable {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string } };
  }[];
}

export const TABLE_TYPE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

const COLUMN_GAP = 3;

/** A table as `kubectl get` prints it: the columns of priority 0, and namespaces first where objects have them. */
export function tableLines({ columnDefinitions, rows }: ServerTable): readonly string[] {
  const shown = columnDefinitions.flatMap(({ name, priority = 0 }, index) => (priority === 0 ? [{ name, index }] : []));
  const namespaces = rows.map(({ object }) => object?.metadata?.namespace);
  const hasNamespaces = namespaces.some((namespace) => namespace !== undefined);
  return textTable(
    [...(hasNamespaces ? ['NAMESPACE'] : []), ...shown.map(({ name }) => name.toUpperCase())],
    rows.map(({ cells }, row) => [
      ...(hasNamespaces ? [namespaces[row] ?? ''] : []),
      ...shown.map(({ index }) => cellText(cells[index])),
    ]),
  );
}

/** Rows below a head, each column as wide as its longest cell. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const grid = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...grid.map((line) => line[column]?.length ?? 0)));
  return grid.map((line) =>
    line
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + COLUMN_GAP))
      .join('')
      .trimEnd(),
  );
}

function cellText(cell: unknown): string {
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : '';
}
