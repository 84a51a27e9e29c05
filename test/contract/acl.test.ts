import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Acl, AclTag, aclName, encodeAcl, parseAcl, undefinedId } from '../../src/vfs/store/acl.js';
import { Volume } from './support/volume.js';

let volume: Volume;
beforeEach(() => {
  volume = new Volume();
});
afterEach(() => {
  expect(volume.verify()).toMatchObject({ ok: true, firstBad: null });
  volume.destroy();
});

/** As in the short text form of acl(5): `u::rw-,u:1000:rw-,…`, digits for permissions. */
const letters = { u: [AclTag.userObj, AclTag.user], g: [AclTag.groupObj, AclTag.group] } as const;
const aclOf = (text: string): Acl =>
  text.split(',').map((entry) => {
    const [letter, id, perm] = entry.split(':') as ['u' | 'g' | 'm' | 'o', string, string];
    const id32 = id === '' ? undefinedId : Number(id);
    if (letter === 'm') return { tag: AclTag.mask, perm: Number(perm), id: undefinedId };
    if (letter === 'o') return { tag: AclTag.other, perm: Number(perm), id: undefinedId };
    return { tag: letters[letter][id === '' ? 0 : 1], perm: Number(perm), id: id32 };
  });

const textOf = (acl: Acl | null): string | null =>
  acl === null
    ? null
    : acl
        .map(({ tag, perm, id }) => {
          const letter =
            tag <= AclTag.user ? 'u' : tag <= AclTag.group ? 'g' : tag === AclTag.mask ? 'm' : 'o';
          return `${letter}:${id === undefinedId ? '' : id}:${perm}`;
        })
        .join(',');

function setAcl(path: string, text: string, name: string = aclName.access, killSetgid = false): void {
  const value = encodeAcl(aclOf(text));
  volume.fs.setxattr(volume.context(), volume.ino(path), name, value, 0, killSetgid);
}

function getAcl(path: string, name: string = aclName.access): string | null {
  const ino = volume.ino(path);
  if (!volume.fs.listxattr(volume.context(), ino).includes(name)) return null;
  return textOf(parseAcl(volume.fs.getxattr(volume.context(), ino, name)));
}

const chmod = (path: string, mode: number) =>
  volume.fs.setattr(volume.context(), volume.ino(path), { mode: 0o100000 | mode });

function modeOf(path: string): number {
  const { attr } = volume.fs.getattr(volume.context(), volume.ino(path), null);
  return attr.mode & 0o7777;
}

function mkdir(parent: string, name: string, mode: number, umask: number): void {
  const context = volume.context(null, umask);
  volume.fs.mkdir(context, volume.ino(parent), Buffer.from(name), mode);
}

function create(parent: string, name: string, mode: number, umask: number): void {
  const context = volume.context(null, umask);
  const created = volume.fs.create(context, volume.ino(parent), Buffer.from(name), mode, 0o101);
  volume.close({ ino: created.entry.attr.ino, handle: created.handle });
}

const withMask = 'u::6,u:1000:7,g::4,m::7,o::0';
const defaults = 'u::7,u:1000:7,g::5,m::7,o::5';

describe('an access ACL', () => {
  test('sets the mode, is listed, and outlives the engine', () => {
    volume.write('/a.md', 'x');
    setAcl('/a.md', withMask);
    expect(modeOf('/a.md')).toBe(0o670);
    expect(getAcl('/a.md')).toBe(withMask);
    volume.crash();
    expect(modeOf('/a.md')).toBe(0o670);
    expect(getAcl('/a.md')).toBe(withMask);
    expect(volume.journal('/a.md')).toEqual(['created /a.md', 'attributes /a.md']);
  });

  test('follows chmod(2): owner, mask and others', () => {
    volume.write('/a.md', 'x');
    setAcl('/a.md', withMask);
    chmod('/a.md', 0o751);
    expect(getAcl('/a.md')).toBe('u::7,u:1000:7,g::4,m::5,o::1');
    expect(modeOf('/a.md')).toBe(0o751);
  });

  test('that the mode stands for is not kept', () => {
    volume.write('/a.md', 'x');
    setAcl('/a.md', withMask);
    setAcl('/a.md', 'u::6,g::0,o::4');
    expect(getAcl('/a.md')).toBeNull();
    expect(modeOf('/a.md')).toBe(0o604);
  });

  test('is taken away without the mode, twice without an error', () => {
    volume.write('/a.md', 'x');
    setAcl('/a.md', withMask);
    const remove = () => volume.fs.removexattr(volume.context(), volume.ino('/a.md'), aclName.access);
    remove();
    remove();
    expect(getAcl('/a.md')).toBeNull();
    expect(modeOf('/a.md')).toBe(0o670);
    expect(() => volume.fs.getxattr(volume.context(), volume.ino('/a.md'), aclName.access)).toThrow(
      expect.objectContaining({ code: 'no_such_attribute' }),
    );
  });

  test('without entries takes it away', () => {
    volume.write('/a.md', 'x');
    setAcl('/a.md', withMask);
    const nothing = Buffer.from([2, 0, 0, 0]);
    volume.fs.setxattr(volume.context(), volume.ino('/a.md'), aclName.access, nothing, 0, false);
    expect(getAcl('/a.md')).toBeNull();
  });

  test('takes the set-group-id bit away when the kernel says so', () => {
    volume.mkdir('/d');
    chmod('/d', 0o2755);
    setAcl('/d', withMask);
    expect(modeOf('/d')).toBe(0o2670);
    setAcl('/d', withMask, aclName.access, true);
    expect(modeOf('/d')).toBe(0o670);
  });

  test('tells other mounts that attributes changed', () => {
    volume.write('/a.md', 'x');
    const invalidated: number[] = [];
    const other = volume.attach(2, {
      hasExpiry: true,
      invalidateAttributes: (ino) => invalidated.push(ino),
      invalidatePages: () => Promise.resolve(),
      expireName: () => Promise.resolve(),
    });
    const ino = volume.ino('/a.md');
    other.lookup(volume.context(), 1, Buffer.from('a.md'));
    other.getattr(volume.context(), ino, null);
    setAcl('/a.md', withMask);
    expect(invalidated).toContain(ino);
  });
});

describe('a default ACL', () => {
  test('takes the place of the umask', () => {
    volume.mkdir('/d');
    setAcl('/d', defaults, aclName.default);
    create('/d', 'f', 0o666, 0o077);
    expect(modeOf('/d/f')).toBe(0o664);
    expect(getAcl('/d/f')).toBe('u::6,u:1000:7,g::5,m::6,o::4');
    expect(getAcl('/d/f', aclName.default)).toBeNull();
    create('/', 'f', 0o666, 0o077);
    expect(modeOf('/f')).toBe(0o600);
  });

  test('is passed on to directories, at any depth', () => {
    volume.mkdir('/d');
    setAcl('/d', defaults, aclName.default);
    mkdir('/d', 'e', 0o777, 0o022);
    mkdir('/d/e', 'f', 0o700, 0o022);
    expect([modeOf('/d/e'), getAcl('/d/e'), getAcl('/d/e', aclName.default)]).toEqual([
      0o775,
      defaults,
      defaults,
    ]);
    expect([modeOf('/d/e/f'), getAcl('/d/e/f', aclName.default)]).toEqual([0o700, defaults]);
    expect(getAcl('/d/e/f')).toBe('u::7,u:1000:7,g::5,m::0,o::0');
  });

  test('of three entries gives modes and no ACLs', () => {
    volume.mkdir('/d');
    setAcl('/d', 'u::7,g::5,o::0', aclName.default);
    create('/d', 'f', 0o666, 0);
    expect([modeOf('/d/f'), getAcl('/d/f')]).toEqual([0o640, null]);
  });

  test('is not for symbolic links, and holds for fifos and unnamed files', () => {
    volume.mkdir('/d');
    setAcl('/d', defaults, aclName.default);
    const parent = volume.ino('/d');
    volume.fs.symlink(volume.context(), parent, Buffer.from('l'), Buffer.from('x'));
    expect([modeOf('/d/l'), getAcl('/d/l')]).toEqual([0o777, null]);
    volume.fs.mknod(volume.context(null, 0o077), parent, Buffer.from('p'), 0o010660, 0);
    expect(modeOf('/d/p')).toBe(0o660);
    const unnamed = volume.fs.tmpfile(volume.context(null, 0o077), parent, 0o100666, 0o2);
    expect(unnamed.entry.attr.mode).toBe(0o100664);
  });

  test('comes and goes while files are made', () => {
    volume.mkdir('/d');
    const modes: number[] = [];
    const make = (name: string) => {
      create('/d', name, 0o666, 0o077);
      modes.push(modeOf(`/d/${name}`));
    };
    make('a');
    setAcl('/d', defaults, aclName.default);
    make('b');
    volume.crash();
    make('c');
    volume.fs.removexattr(volume.context(), volume.ino('/d'), aclName.default);
    make('e');
    expect(modes).toEqual([0o600, 0o664, 0o664, 0o600]);
  });

  test('goes with the set-group-id bit of its directory', () => {
    volume.mkdir('/d');
    chmod('/d', 0o2755);
    volume.fs.setattr(volume.context(), volume.ino('/d'), { gid: 7 });
    setAcl('/d', defaults, aclName.default);
    mkdir('/d', 'e', 0o777, 0o077);
    expect(modeOf('/d/e')).toBe(0o2775);
    expect(volume.fs.getattr(volume.context(), volume.ino('/d/e'), null).attr.gid).toBe(7);
  });

  test('holds for files that come from outside the mount', () => {
    volume.mkdir('/d');
    setAcl('/d', 'u::7,u:1000:7,g::5,m::7,o::0', aclName.default);
    volume.store.write('/d/a.md', Buffer.from('x'), { agent: 'a', session: 's' });
    expect([modeOf('/d/a.md'), getAcl('/d/a.md')]).toEqual([0o640, 'u::6,u:1000:7,g::5,m::4,o::0']);
  });
});

test('refusals are those of ext4', () => {
  volume.write('/a.md', 'x');
  volume.fs.symlink(volume.context(), 1, Buffer.from('l'), Buffer.from('a.md'));
  const refused = (action: () => void) => {
    try {
      action();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'done';
  };
  const set = (value: Buffer) => () =>
    volume.fs.setxattr(volume.context(), volume.ino('/a.md'), aclName.access, value, 0, false);
  expect([
    refused(() => setAcl('/a.md', defaults, aclName.default)),
    refused(() => setAcl('/l', withMask)),
    refused(() => volume.fs.getxattr(volume.context(), volume.ino('/l'), aclName.access)),
    refused(() => volume.fs.getxattr(volume.context(), volume.ino('/a.md'), 'system.other')),
    refused(set(Buffer.from([1, 0, 0, 0]))),
    refused(set(Buffer.from([2, 0, 0]))),
    refused(set(encodeAcl(aclOf('u::6,u:1000:7,g::4,o::0')))),
    refused(() => volume.fs.removexattr(volume.context(), volume.ino('/a.md'), aclName.default)),
  ]).toEqual([
    'access_denied',
    'unsupported',
    'unsupported',
    'unsupported',
    'unsupported',
    'invalid',
    'invalid',
    'done',
  ]);
  expect(modeOf('/a.md')).toBe(0o644);
});
