import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** For tests that need a real API server. */
const onCluster = {
  globalSetup: 'test/support/harness/global-setup.ts',
  pool: 'forks',
  // One API server and its etcd serve every file and need processors too.
  maxWorkers: 2,
  hookTimeout: 60_000,
} as const;

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 10_000 } },
      {
        test: { ...onCluster, name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        test: { ...onCluster, name: 'fault', include: ['test/fault/**/*.test.ts'], testTimeout: 120_000 },
      },
    ],
  },
});

export default config;
