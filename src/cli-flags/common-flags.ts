import type { Flag } from './flag.ts';
import { optional, SWITCH, TEXT } from './value-kinds.ts';

/** What several commands take alike, but for the heading in their help. */
export const CONTEXT_FLAG: Omit<Flag<string | undefined>, 'group'> = {
  kind: optional(TEXT),
  summary: 'Context of the kubeconfig file.',
  fallback: undefined,
  fallbackText: "the file's current context",
  example: 'kind-keywright',
};

export const HELP_FLAG: Omit<Flag<boolean>, 'group'> = {
  kind: SWITCH,
  summary: 'Print this help and exit.',
  fallback: false,
  example: 'true',
  short: 'h',
};
