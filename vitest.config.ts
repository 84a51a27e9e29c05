import { defineConfig } from 'vitest/config';

/** A test that hangs ends; a slow machine is no failure. */
const testTimeout = 60_000;

/** A mount test starts processes of its own, and waits for them. */
const ofMounts = { testTimeout: 120_000, hookTimeout: 60_000 };

/** Files that share a worker share its modules too: loading these anew for each is most of the time of short tests. */
const together = { isolate: false, testTimeout };

/**
 * Four tiers, fast first. Files of the mount tier run beside each other, for they mostly wait for processes: each has a data
 * directory and mountpoints of its own. Those of the load tier need the machine for themselves.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...together } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...together } },
      { test: { name: 'mount', include: ['test/mount/**/*.test.ts'], maxWorkers: 4, ...ofMounts } },
      { test: { name: 'load', include: ['test/load/**/*.test.ts'], fileParallelism: false, ...ofMounts } },
    ],
  },
});
