import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dataDirectory,
  findDataDirectory,
  foreseeDataDirectory,
  prepareDataDirectory,
} from '../../../../src/daemon/directory/data-directory.js';

const isRoot = process.geteuid?.() === 0;
const another = 65_534;

const hasAccessLists = spawnSync('setfacl', ['--version']).status === 0;

let home: string;
let data: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'memfsd-data-'));
  data = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

function make(mode: number, path = data): string {
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

function foreign(path: string): string {
  chownSync(make(0o755, path), another, another);
  return path;
}

/** Refused by the start and by who only looks, and nothing was made or changed. */
function expectRefusal(path: string, error: object): void {
  const before = readdirSync(home);
  expect(() => prepareDataDirectory(path)).toThrow(expect.objectContaining(error));
  expect(() => foreseeDataDirectory(path)).toThrow(expect.objectContaining(error));
  expect(readdirSync(home)).toEqual(before);
}

describe('which directory it is', () => {
  it('is --data, else $MEMFSD_HOME, else below $XDG_DATA_HOME, else below the home directory', () => {
    const environment = { MEMFSD_HOME: '/m', XDG_DATA_HOME: '/x', HOME: '/h' };
    expect(dataDirectory('/d', environment)).toBe('/d');
    expect(dataDirectory(undefined, environment)).toBe('/m');
    expect(dataDirectory(undefined, { ...environment, MEMFSD_HOME: '' })).toBe('/x/memfsd');
    expect(dataDirectory(undefined, { HOME: '/h' })).toBe('/h/.local/share/memfsd');
    // As the specification of the XDG directories asks.
    expect(dataDirectory(undefined, { HOME: '/h', XDG_DATA_HOME: 'x' })).toBe('/h/.local/share/memfsd');
  });

  it.each([{}, { HOME: '' }, { HOME: 'work' }, { HOME: '.' }])(
    'never depends on the working directory: %o is the home of passwd',
    (environment) =>
      expect(dataDirectory(undefined, environment)).toBe(
        join(userInfo().homedir, '.local', 'share', 'memfsd'),
      ),
  );
});

describe('the data directory', () => {
  it('is made private, with all above it that is missing', () => {
    const path = join(data, 'a', 'b');
    expect(foreseeDataDirectory(path)).toBe('made');
    expect(findDataDirectory(path)).toBeNull();
    expect(readdirSync(home)).toEqual([]);
    expect(prepareDataDirectory(path)).toBe(path);
    for (const each of [path, join(path, 'stores'), data]) expect(modeOf(each)).toBe(0o700);
    expect(foreseeDataDirectory(path)).toBe('used');
    expect(findDataDirectory(path)).toBe(path);
  });

  it.each([0o777, 0o770, 0o1777])(
    'is made private at once where others may write (%o) and it is empty',
    (mode) => {
      make(mode);
      expect(foreseeDataDirectory(data)).toBe('made private');
      expect(modeOf(data)).toBe(mode & 0o777);
      prepareDataDirectory(data);
      expect(modeOf(data)).toBe(0o700);
    },
  );

  it('is made private where others could only read', () => {
    make(0o755);
    writeFileSync(join(data, 'config.json'), '{}');
    prepareDataDirectory(data);
    expect(modeOf(data)).toBe(0o700);
  });

  it('is refused where others could have put something into it, with the way out', () => {
    make(0o777);
    writeFileSync(join(data, 'config.json'), '{"secrets":"off"}');
    expectRefusal(data, {
      code: 'access_denied',
      message: expect.stringContaining('others can write'),
      hint: expect.stringContaining(`chmod 0700 ${data}`),
    });
    expect(modeOf(data)).toBe(0o777);
    chmodSync(data, 0o700);
    expect(prepareDataDirectory(data)).toBe(data);
  });

  it('may be reached through a link of one’s own, also one that leads to nothing yet', () => {
    symlinkSync('behind/it', join(home, 'link'));
    make(0o700, join(home, 'behind'));
    expect(prepareDataDirectory(join(home, 'link'))).toBe(join(home, 'behind', 'it'));
    expect(findDataDirectory(join(home, 'link'))).toBe(join(home, 'behind', 'it'));
  });

  it('is an error where there is something else, or a circle of links', () => {
    writeFileSync(data, '');
    expectRefusal(data, { code: 'not_a_directory' });
    expectRefusal(join(data, 'below'), { code: 'access_denied' });
    symlinkSync('circle', join(home, 'circle'));
    expectRefusal(join(home, 'circle'), { code: 'invalid' });
  });

  it.each(['memfsd.log', 'config.json', 'catalog.db', 'keeper.lock', 'memfsd.sock', 'stores', 'stores/a.db'])(
    'is refused where %s is a link, which is not followed',
    (name) => {
      prepareDataDirectory(data);
      const victim = join(home, 'victim');
      writeFileSync(victim, 'important');
      rmSync(join(data, name), { recursive: true, force: true });
      symlinkSync(victim, join(data, name));
      expectRefusal(data, { code: 'access_denied', message: expect.stringContaining(join(data, name)) });
      expect(readFileSync(victim, 'utf8')).toBe('important');
    },
  );

  it('says when it cannot be made', () => {
    expectRefusal('/proc/memfsd', { code: 'unsupported', message: expect.stringContaining('/proc') });
    if (isRoot) return;
    make(0o500);
    expectRefusal(join(data, 'below'), { code: 'access_denied', message: expect.stringContaining(data) });
  });
});

describe('other users', () => {
  it.each([
    ['its owner', (): string => foreign(data)],
    [
      'the owner of what a link leads to',
      (): string => {
        symlinkSync(foreign(data), join(home, 'link'));
        return join(home, 'link');
      },
    ],
    ['the owner of the directory above', (): string => join(foreign(data), 'mine')],
    [
      'the owner of a directory further above, though the data are one’s own',
      (): string => {
        const mine = join(data, 'a', 'mine');
        mkdirSync(mine, { recursive: true, mode: 0o700 });
        chownSync(data, another, another);
        return mine;
      },
    ],
    [
      'who set a link in a directory for all',
      (): string => {
        make(0o1777);
        make(0o700, join(home, 'mine'));
        symlinkSync(join(home, 'mine'), join(data, 'link'));
        lchownSync(join(data, 'link'), another, another);
        return join(data, 'link');
      },
    ],
    [
      'whoever may write into a directory above',
      (): string => {
        make(0o777);
        return join(data, 'mine');
      },
    ],
    [
      'whoever may write where a link lies',
      (): string => {
        make(0o777);
        symlinkSync(home, join(data, 'link'));
        return join(data, 'link', 'mine');
      },
    ],
  ])('could exchange it: %s', (_, prepare) => {
    if (!isRoot) return;
    expectRefusal(prepare(), { code: 'access_denied' });
  });

  it.runIf(hasAccessLists)(
    'could exchange it by the access list of a directory above, which chmod ends',
    () => {
      execFileSync('setfacl', ['-m', `u:${another}:rwx`, make(0o700)]);
      const mine = join(data, 'mine');
      expectRefusal(mine, {
        code: 'access_denied',
        message: expect.stringContaining(`user ${another} by its access list`),
        hint: expect.stringContaining(`chmod go-w ${data}`),
      });
      execFileSync('chmod', ['go-w', data]);
      expect(prepareDataDirectory(mine)).toBe(mine);
    },
  );

  it.runIf(hasAccessLists)('could write into it by its own access list', () => {
    execFileSync('setfacl', ['-m', `u:${another}:rwx`, make(0o700)]);
    writeFileSync(join(data, 'config.json'), '{}');
    expectRefusal(data, { code: 'access_denied', message: expect.stringContaining('by its access list') });
  });

  it.each(['config.json', 'memfsd.log', 'stores', 'stores/memstore_a.db', 'anything'])(
    'own nothing in it: %s',
    (name) => {
      if (!isRoot) return;
      prepareDataDirectory(data);
      if (name !== 'stores') writeFileSync(join(data, name), '');
      chownSync(join(data, name), another, another);
      expectRefusal(data, {
        code: 'access_denied',
        message: expect.stringContaining(`${join(data, name)} belongs to another user`),
      });
    },
  );

  it('do not matter in /tmp, nor below directories that only root or oneself may change', () => {
    make(0o1777);
    expect(prepareDataDirectory(join(data, 'mine'))).toBe(join(data, 'mine'));
  });
});
