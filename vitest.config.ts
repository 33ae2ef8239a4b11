import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Projects that differ in this cannot run together, and what is left out depends on the machine. */
const maxWorkers = 2;

const keepTypeStripper = 'test/support/harness/keep-type-stripper.ts';

/** For tests that need a real API server: it and its etcd serve every file and need processors too. */
const onCluster = {
  globalSetup: 'test/support/harness/global-setup.ts',
  setupFiles: keepTypeStripper,
  pool: 'forks',
  maxWorkers,
  hookTimeout: 60_000,
} as const;

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/support/drawn-cases.ts', keepTypeStripper],
          // Pure code keeps nothing that the next file could find, so modules are evaluated once for all files.
          isolate: false,
          maxWorkers,
          // Property tests take seconds where others keep the machine busy.
          testTimeout: 60_000,
        },
      },
      {
        test: { ...onCluster, name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        test: { ...onCluster, name: 'fault', include: ['test/fault/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        test: {
          ...onCluster,
          name: 'gitops',
          include: ['test/gitops/**/*.test.ts'],
          globalSetup: 'test/support/gitops/global-setup.ts',
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'chart',
          include: ['test/chart/**/*.test.ts'],
          globalSetup: 'test/support/chart/global-setup.ts',
          pool: 'forks',
          maxWorkers,
          hookTimeout: 60_000,
          testTimeout: 120_000,
        },
      },
    ],
  },
});

export default config;
