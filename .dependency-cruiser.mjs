import swcVisitor from '@swc/core/Visitor.js';

// dependency-cruiser walks TypeScript with this class, which stops with an error at `using` and `await using`.
const { prototype } = swcVisitor.Visitor ?? swcVisitor;
const visitStatement = prototype.visitStatement;
prototype.visitStatement = function visitStatementOrUsing(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  return { ...statement, decls: this.visitVariableDeclarators(statement.decls) };
};

const NODE_BUILT_IN = { dependencyTypes: ['core'] };
const PURE =
  '^src/(controllers/planning/|controllers/key/(status/|(facts|lifecycle|environment|spec)[.]ts$)|controllers/(api|crypto)-key/|.*(/plan[^/]*|-(plan|checks))[.]ts$)';
const ERASED = ['type-only'];

/**
 * Rooms of one folder, lowest first: a room imports itself and the rooms of lower floors, no neighbour and nothing above.
 *
 * @param {string} folder
 * @param {string[][]} floors
 * @returns {import('dependency-cruiser').IForbiddenRuleType[]}
 */
function downwards(folder, floors) {
  return floors.flatMap((floor, level) =>
    floor.map((room) => ({
      name: `${folder.replace('src/', '')}-${room}-imports-downwards`,
      comment: `The rooms of ${folder} are stacked: ${floors.map((rooms) => rooms.join(', ')).join(' < ')}.`,
      severity: 'error',
      from: { path: `^${folder}/${room}/` },
      to: { path: `^${folder}/`, pathNot: `^${folder}/(${[room, ...floors.slice(0, level).flat()].join('|')})/` },
    })),
  );
}

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = [
  {
    name: 'keys-stand-alone',
    comment: 'keys/ is pure key material and imports nothing of ours; only the types of src/clock.ts are allowed.',
    severity: 'error',
    from: { path: '^src/keys/' },
    to: { path: '^src/', pathNot: ['^src/keys/', '^src/clock[.]ts$'] },
  },
  {
    name: 'keys-take-randomness',
    comment: 'keys/ may name the types of src/clock.ts, never run its code.',
    severity: 'error',
    from: { path: '^src/keys/' },
    to: { path: '^src/clock[.]ts$', dependencyTypesNot: ERASED },
  },
  {
    name: 'minting-mints-only',
    comment: 'minting/ runs keys/ in threads: of ours it imports itself, keys/, threads/ and src/clock.ts.',
    severity: 'error',
    from: { path: '^src/minting/' },
    to: { path: '^src/', pathNot: ['^src/(minting|keys|threads)/', '^src/clock[.]ts$'] },
  },
  {
    name: 'judging-judges-only',
    comment: 'judging/ runs keys/ in threads: of ours it imports itself, keys/, threads/ and src/clock.ts.',
    severity: 'error',
    from: { path: '^src/judging/' },
    to: { path: '^src/', pathNot: ['^src/(judging|keys|threads)/', '^src/clock[.]ts$'] },
  },
  {
    name: 'threads-know-no-job',
    comment: 'threads/ does any job: of ours it imports itself and src/clock.ts, nothing else.',
    severity: 'error',
    from: { path: '^src/threads/' },
    to: { path: '^src/', pathNot: ['^src/threads/', '^src/clock[.]ts$'] },
  },
  {
    name: 'kube-knows-no-domain',
    comment: 'kube/ is a thin client-go: of ours it imports itself, src/clock.ts and src/logger.ts, nothing else.',
    severity: 'error',
    from: { path: '^src/kube/' },
    to: { path: '^src/', pathNot: ['^src/kube/', '^src/(clock|logger)[.]ts$'] },
  },
  ...downwards('src/kube', [
    ['objects'],
    ['errors'],
    ['transport'],
    ['client', 'queue'],
    ['cache', 'config', 'election', 'events'],
  ]),
  ...downwards('src/controllers', [
    ['planning'],
    ['caches'],
    ['shared'],
    ['imports'],
    ['secrets'],
    ['key'],
    ['api-key', 'crypto-key', 'import-key', 'key-project', 'installation'],
  ]),
  {
    name: 'access-asks-only',
    comment:
      'access/ asks for rights: of ours it imports itself, api/, installation/, kube/, src/clock.ts and src/logger.ts.',
    severity: 'error',
    from: { path: '^src/access/' },
    to: { path: '^src/', pathNot: ['^src/(access|api|installation|kube)/', '^src/(clock|logger)[.]ts$'] },
  },
  {
    name: 'sealing-below-controllers',
    comment: 'sealing/ serves the controllers and knows neither them nor the API.',
    severity: 'error',
    from: { path: '^src/sealing/' },
    to: { path: '^src/(controllers|api)/' },
  },
  {
    name: 'sealing-does-no-requests',
    comment: 'sealing/ may name the types of kube/ and is handed its client.',
    severity: 'error',
    from: { path: '^src/sealing/' },
    to: { path: '^src/kube/', dependencyTypesNot: ERASED },
  },
  {
    name: 'plan-is-pure-of-kube',
    comment: 'What plans decides from literals: of kube/ it imports types (`import type`) and what objects/ compares.',
    severity: 'error',
    from: { path: PURE },
    to: { path: '^src/kube/', pathNot: '^src/kube/objects/', dependencyTypesNot: ERASED },
  },
  {
    name: 'plan-is-pure-of-node',
    comment: 'What plans does no I/O and draws no randomness: no node: module, but node:util to compare.',
    severity: 'error',
    from: { path: PURE },
    to: { ...NODE_BUILT_IN, pathNot: '^(node:)?util$' },
  },
  {
    name: 'plan-reaches-no-io',
    comment:
      'Nothing that plans reaches requests, caches, queues, the installation or the clock, over however many imports.',
    severity: 'error',
    from: { path: PURE },
    to: {
      path: '^src/(kube/(transport|client|cache|queue)/|installation/|controllers/(imports|secrets)/|system-clock[.]ts$)',
      reachable: true,
    },
  },
  {
    name: 'only-main-has-a-process',
    comment: 'Only src/main.ts reads argv and the environment; the global of that name is the linter’s business.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/main[.]ts$' },
    to: { path: '^(node:)?process$' },
  },
  {
    name: 'only-the-clock-has-timers',
    comment: 'Time is handed in (src/clock.ts).',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(main|system-clock)[.]ts$' },
    to: { path: '^(node:)?(timers|perf_hooks)(/|$)' },
  },
  {
    name: 'main-is-the-end',
    comment: 'Nothing imports main.ts.',
    severity: 'error',
    from: {},
    to: { path: '^src/main[.]ts$' },
  },
  {
    name: 'client-node-is-types',
    comment:
      '@kubernetes/client-node costs 85 MB and a second of start: `import type`, or one await import() in kube/.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/kube/' },
    to: { path: 'node_modules/@kubernetes/client-node/', dependencyTypesNot: ERASED },
  },
  {
    name: 'client-node-is-lazy',
    comment: '@kubernetes/client-node is loaded only where a kubeconfig is used: `import type` or await import().',
    severity: 'error',
    from: { path: '^src/kube/' },
    to: { path: 'node_modules/@kubernetes/client-node/', dependencyTypesNot: [...ERASED, 'dynamic-import'] },
  },
  {
    name: 'src-without-test',
    comment: 'What ships does not import what only helps to build or test it.',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(test|scripts)/' },
  },
  {
    name: 'tests-share-support',
    comment: 'What two kinds of tests need, or anything else needs of tests, lies in test/support/.',
    severity: 'error',
    from: { path: '^(?:test/)?([^/]+)/' },
    to: { path: '^test/(unit|integration|fault|chart|gitops|image|e2e)/', pathNot: '^test/$1/' },
  },
  {
    name: 'image-without-tests',
    comment: 'What builds the image does not import what tests it.',
    severity: 'error',
    from: { path: '^scripts/image/' },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'src-without-dev-dependencies',
    comment: 'What ships imports only packages listed under dependencies.',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ERASED },
  },
  {
    name: 'no-cycles',
    comment: 'A cycle hides which of two modules is the lower one; types count.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'resolvable',
    comment: 'An import that leads nowhere would escape every other rule.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden,
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/fixtures/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
