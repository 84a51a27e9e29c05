import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const canMount = existsSync('/dev/fuse');
const { CI = '' } = process.env;
const inCi = CI !== '';

/**
 * A group of tests that need a real mount. Without /dev/fuse they do not run: that is said loudly, and in CI
 * it is a failure.
 */
export function describeMount(name: string, define: () => void): void {
  if (canMount) {
    describe(name, define);
    return;
  }
  describe(name, () => {
    if (inCi) {
      test('/dev/fuse is there', () => {
        expect(
          canMount,
          'the mount tier must run in CI: load the fuse module or pass --device /dev/fuse',
        ).toBe(true);
      });
      return;
    }
    process.stderr.write(`\n*** THE MOUNT TIER DID NOT RUN: no /dev/fuse (${name}) ***\n\n`);
    test.skip('needs /dev/fuse', () => {});
  });
}
