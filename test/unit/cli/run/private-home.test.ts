import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeHome, removeHome } from '../../../../src/cli/run/isolate/private-home.js';
import { parseMountInfo } from '../../../../src/core/mountinfo.js';

let home: string;

beforeEach(() => {
  home = makeHome();
  mkdirSync(join(home, 'notes'));
  writeFileSync(join(home, 'notes', 'a.md'), 'kept');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const mountedAt = (path: string) => parseMountInfo(`40 22 0:51 / ${path} rw - fuse.memfsd memstore_a rw`);

it('is removed with all that is in it, read-only directories too', () => {
  chmodSync(join(home, 'notes'), 0o500);
  removeHome(home, mountedAt(`${home}-other`));
  expect(existsSync(home)).toBe(false);
});

it.each(['', '/notes', '/notes/deep'])(
  'is left as it is while something is mounted in it, at %o',
  (below) => {
    expect(() => removeHome(home, mountedAt(home + below))).toThrow(
      expect.objectContaining({ code: 'busy', hint: expect.stringContaining(`unmount ${home}${below}`) }),
    );
    expect(readFileSync(join(home, 'notes', 'a.md'), 'utf8')).toBe('kept');
  },
);
