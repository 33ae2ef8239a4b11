import { resolve } from 'node:path';
import { type ICruiseResult, type IViolation, cruise } from 'dependency-cruiser';
import extractCruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

/** What the layer rules say about a tree. Paths are relative to its root. */
export interface LayerReport {
  readonly violations: readonly LayerViolation[];
  /** Every module that was read, so that a caller can notice a file that was not. */
  readonly modules: readonly string[];
}

export interface LayerViolation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Applies the rules of .dependency-cruiser.mjs.
 *
 * @param root Folder that the rules take for the repository, below the working directory.
 * @param folders What to read, relative to `root`.
 */
export async function layerViolations(root: string, folders: readonly string[]): Promise<LayerReport> {
  const config = new URL('../.dependency-cruiser.mjs', import.meta.url).pathname;
  const options = await extractCruiseOptions(config);
  const { output } = await cruise([...folders], { ...options, baseDir: resolve(root) });
  const { modules, summary } = output as ICruiseResult;
  return { modules: modules.map(({ source }) => source), violations: summary.violations.flatMap(splitCycle) };
}

/** A cycle is reported once, at one of its modules; here it counts at each. */
function splitCycle({ rule, from, to, cycle }: IViolation): readonly LayerViolation[] {
  if (cycle === undefined) return [{ rule: rule.name, from, to }];
  const names = cycle.map(({ name }) => name);
  return names.map((name, i) => ({ rule: rule.name, from: name, to: names[(i + 1) % names.length] ?? name }));
}
