import { defineConfig } from 'vitest/config';

/** A test that hangs ends; a slow machine is no failure. */
const testTimeout = 60_000;

/** Three tiers, fast first. Mount tests start processes of their own, so their files run one at a time. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout } },
      {
        test: {
          name: 'mount',
          include: ['test/mount/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
