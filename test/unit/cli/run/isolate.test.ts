import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBind } from '../../../../src/cli/run/isolate/bind.js';
import { bubblewrapArguments } from '../../../../src/cli/run/isolate/bubblewrap.js';
import { checkBind } from '../../../../src/cli/run/isolate/check-binds.js';
import { refusesAbstractSockets } from '../../../../src/cli/run/isolate/health.js';
import { leadsTo } from '../../../../src/cli/run/isolate/reach.js';
import { wallEnvironment } from '../../../../src/cli/run/isolate/wall-environment.js';
import { bindWorkingDirectory } from '../../../../src/cli/run/isolate/working-directory.js';
import { parseMountInfo } from '../../../../src/core/mountinfo.js';

const mounts = parseMountInfo(
  [
    '22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw',
    '23 22 8:2 / /home rw shared:2 - ext4 /dev/sda2 rw',
    // Other ways to parts of /home
    '24 22 8:2 /ada /srv/ada rw - ext4 /dev/sda2 rw',
    '25 22 8:2 /ada/.local/share/memfsd/stores /mnt/stores rw - ext4 /dev/sda2 rw',
    '26 22 0:50 / /srv/notes rw - fuse.memfsd memstore_a rw',
    '27 22 8:2 /ben /srv/ben rw - ext4 /dev/sda2 rw',
    '',
  ].join('\n'),
);
const data = '/home/ada/.local/share/memfsd';

describe('a path leads to the data directory', () => {
  it.each([
    '/',
    '/home',
    '/home/ada',
    data,
    `${data}/stores/x.db`,
    '/srv',
    '/srv/ada',
    '/srv/ada/.local',
    '/mnt',
  ])('by %s', (path) => expect(leadsTo(path, data, mounts)).toBe(true));
  it.each([
    '/usr',
    '/home/ben',
    '/home/ada/work',
    '/srv/ada/work',
    '/srv/ben',
    '/home/ada/.local/share/memfsd2',
  ])('not by %s', (path) => expect(leadsTo(path, data, mounts)).toBe(false));
});

describe('what is passed on', () => {
  const check =
    (source: string, place = source) =>
    () =>
      checkBind({ source, place, access: 'rw' }, { data, mounts });

  it.each([
    ['/home/ada', '/home/ada', 'access_denied'],
    ['/mnt/stores', '/x', 'access_denied'],
    ['/srv/notes', '/srv/notes', 'access_denied'],
    ['/srv/notes/deep', '/x', 'access_denied'],
    ['/proc', '/x', 'invalid'],
    ['/sys/fs', '/sys/fs', 'invalid'],
    ['/dev/shm', '/dev/shm', 'invalid'],
    ['/home/ben', '/proc/x', 'invalid'],
    ['/home/ben', '/', 'invalid'],
  ])('may not be %s at %s', (source, place, code) => {
    expect(check(source, place)).toThrow(expect.objectContaining({ code }));
  });
  it.each(['/home/ben', '/home/ada/work', '/srv/ben'])('may be %s', (source) => {
    expect(check(source)).not.toThrow();
  });
});

describe('--bind', () => {
  let directory = '';
  beforeAll(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'memfsd-bind-')));
    mkdirSync(join(directory, 'a:/b'), { recursive: true });
    writeFileSync(join(directory, 'ro'), '');
    symlinkSync('ro', join(directory, 'link'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const parse = (text: string) => parseBind(text.replace('D', directory), directory, directory);

  it.each([
    ['D', '', '', 'rw'],
    ['D:ro', '', '', 'ro'],
    ['D:/x', '', '=/x', 'rw'],
    ['D:/x:ro', '', '=/x', 'ro'],
    ['ro', '/ro', '/ro', 'rw'],
    ['./ro:ro', '/ro', '/ro', 'ro'],
    ['~/ro:/y', '/ro', '=/y', 'rw'],
    ['~', '', '', 'rw'],
    ['link:ro', '/ro', '/link', 'ro'],
    ['a:/b', '/a:/b', '/a:/b', 'rw'],
    ['a::/x/../z', '/a:', '=/z', 'rw'],
  ])('%s', (text, source, place, access) => {
    const seen = place.startsWith('=') ? place.slice(1) : directory + place;
    expect(parse(text)).toEqual({ source: directory + source, place: seen, access });
  });

  it.each([
    ['', 'usage'],
    [':ro', 'usage'],
    ['none', 'not_found'],
    ['none:/x', 'not_found'],
  ])('%j is refused', (text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the working directory', () => {
  it.each(['/', '/tmp', '/home', '/home/ada', '/etc'])('is not %s', (cwd) => {
    expect(() => bindWorkingDirectory(cwd, '/home/ada', [])).toThrow(
      expect.objectContaining({ code: 'access_denied' }),
    );
  });
  it('is seen as it is', () => {
    const cwd = '/home/ada/work';
    expect(bindWorkingDirectory(cwd, '/home/ada', [])).toEqual({ source: cwd, place: cwd, access: 'rw' });
  });
  it.each(['/home/ada/work', '/home/ada', '/home'])('is seen already when %s is', (place) => {
    expect(bindWorkingDirectory('/home/ada/work', '/home/ada', [{ place }])).toBeUndefined();
  });
});

it('the environment loses what names the data directory', () => {
  const environment = {
    PATH: '/usr/bin',
    MEMFSD_HOME: '/elsewhere',
    OTHER: `x:${data}`,
    TMPDIR: '/x',
    XDG_RUNTIME_DIR: '/run/user/1',
  };
  expect(wallEnvironment(environment, data, '/home/ada')).toEqual({
    PATH: '/usr/bin',
    HOME: '/home/ada',
    MEMFSD_ISOLATED: '1',
  });
});

it('what holds other places comes before them', () => {
  const bind = (place: string) => ({ source: place, place, access: 'rw' as const });
  const args = bubblewrapArguments({
    system: { binds: [], links: [] },
    home: bind('/home/ada'),
    starter: bind('/run/memfsd/starter'),
    binds: [bind('/home/ada/work/deep'), bind('/home/ada/work')],
    memory: ['/home/ada/work/deep/memory'],
    cwd: '/home/ada/work',
    network: false,
    terminal: false,
    asRoot: false,
  });
  const order = ['/home/ada', '/home/ada/work', '/home/ada/work/deep', '/home/ada/work/deep/memory'];
  expect(args.filter((word, i) => args[i - 2] === '--bind' && order.includes(word))).toEqual(order);
  expect(args).toEqual(expect.arrayContaining(['--unshare-user', '--unshare-net', '--new-session']));
});

it.each([
  ['6.1.0-18-amd64', false],
  ['6.11.9', false],
  ['6.12.0', true],
  ['7.0.1', true],
])('Linux %s refuses abstract sockets: %s', (kernel, refuses) => {
  expect(refusesAbstractSockets(kernel)).toBe(refuses);
});
