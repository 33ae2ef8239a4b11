import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Apart from the other tests: these make the machine a Kubernetes node, for which they need root. */
const config: ViteUserConfig = defineConfig({
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'test/e2e/global-setup.ts',
    pool: 'forks',
    // One node is enough for a small machine.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

export default config;
