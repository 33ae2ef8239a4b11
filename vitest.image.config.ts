import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Apart from the other tests: these need a Docker engine, or root and Debian's docker.io to start one. */
const config: ViteUserConfig = defineConfig({
  test: {
    name: 'image',
    include: ['test/image/**/*.test.ts'],
    globalSetup: 'test/image/global-setup.ts',
    pool: 'forks',
    // An engine, a control plane and two builds are enough for a small machine.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});

export default config;
