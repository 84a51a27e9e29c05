import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareMountpoint } from '../../../src/cli/mountpoint.js';

let home: string;

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'memfsd-mountpoint-')));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const refused = (directory: string): unknown => {
  try {
    prepareMountpoint(home, directory, 'team');
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
};

describe('a mountpoint', () => {
  it('that is absent is made 0555, and removed when the mount fails', () => {
    const { path, undo } = prepareMountpoint(home, 'm', 'team');
    expect(path).toBe(join(home, 'm'));
    expect(statSync(path).mode & 0o777).toBe(0o555);
    undo();
    expect(existsSync(path)).toBe(false);
  });

  it('that is there and empty is left as it is', () => {
    mkdirSync(join(home, 'm'), { mode: 0o750 });
    prepareMountpoint(home, 'm', 'team').undo();
    expect(statSync(join(home, 'm')).mode & 0o777).toBe(0o750);
  });

  it('is taken by its real path', () => {
    mkdirSync(join(home, 'real'));
    symlinkSync('real', join(home, 'link'));
    expect(prepareMountpoint(home, 'link', 'team').path).toBe(join(home, 'real'));
    const made = prepareMountpoint(home, 'link/m', 'team');
    expect(made.path).toBe(join(home, 'real', 'm'));
  });

  it('must be empty: up to five stray names, and the way to import them', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) writeFileSync(join(home, name), '');
    expect(refused('.')).toMatchObject({
      code: 'not_empty',
      message: `${home} is not empty: it holds a, b, c, d, e and 2 more`,
      hint: expect.stringContaining(`memfsd store import team ${home}`),
    });
  });

  it('must be a directory', () => {
    writeFileSync(join(home, 'f'), '');
    expect(refused('f')).toMatchObject({ code: 'not_a_directory' });
    expect(refused('f/g')).toMatchObject({ code: 'not_a_directory' });
  });

  it('must have a parent', () => {
    expect(refused('x/y')).toMatchObject({ code: 'not_found' });
  });
});
