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
    prepareMountpoint(home, directory);
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
};

describe('a mountpoint', () => {
  it('that is absent is made 0555, and removed when the mount fails', () => {
    const { path, undo } = prepareMountpoint(home, 'm');
    expect(path).toBe(join(home, 'm'));
    expect(statSync(path).mode & 0o777).toBe(0o555);
    undo();
    expect(existsSync(path)).toBe(false);
  });

  it('that is there and empty is left as it is', () => {
    mkdirSync(join(home, 'm'), { mode: 0o750 });
    prepareMountpoint(home, 'm').undo();
    expect(statSync(join(home, 'm')).mode & 0o777).toBe(0o750);
    // Whatever it is, the daemon judges it.
    writeFileSync(join(home, 'f'), '');
    prepareMountpoint(home, 'f').undo();
    expect(existsSync(join(home, 'f'))).toBe(true);
  });

  it('is taken by its real path', () => {
    mkdirSync(join(home, 'real'));
    symlinkSync('real', join(home, 'link'));
    expect(prepareMountpoint(home, 'link').path).toBe(join(home, 'real'));
    const made = prepareMountpoint(home, 'link/m');
    expect(made.path).toBe(join(home, 'real', 'm'));
  });

  it('must have a parent that is a directory', () => {
    writeFileSync(join(home, 'f'), '');
    expect(refused('f/g')).toMatchObject({ code: 'not_a_directory' });
    expect(refused('x/y')).toMatchObject({ code: 'not_found' });
  });
});
