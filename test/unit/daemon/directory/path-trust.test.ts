import { describe, expect, it } from 'vitest';
import { othersThatWrite, ownTrust } from '../../../../src/daemon/directory/path-trust.js';
import { parseAccessList } from '../../../../src/daemon/directory/posix-acl.js';

const whole = '         0          0 4294967295\n';
const files =
  (map: string) =>
  (path: string): string => {
    const texts: Record<string, string> = {
      '/proc/self/uid_map': map,
      '/proc/self/gid_map': map,
      '/proc/sys/kernel/overflowuid': '65534\n',
      '/proc/sys/kernel/overflowgid': '65534\n',
      '/etc/passwd': [
        'root:x:0:0:root:/root:/bin/sh',
        'alice:x:1000:1000::/home/alice:/bin/sh',
        'bob:x:1001:1001::/home/bob:/bin/sh',
        'carol:x:1002:100::/home/carol:/bin/sh',
        'dave:x:1003:1000::/home/dave:/bin/sh',
      ].join('\n'),
      '/etc/group':
        'root:x:0:\nstaff:x:50:\nusers:x:100:\nalice:x:1000:alice\nbob:x:1001:\nteam:x:1004:bob,alice\n',
    };
    const text = texts[path];
    if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    return text;
  };

describe('whom memfsd trusts', () => {
  it('is oneself and root', () => {
    const trust = ownTrust(1001, files(whole));
    expect([0, 1001, 1000, 65534].map((uid) => trust.user(uid))).toEqual([true, true, false, false]);
  });

  it('is whoever is not mapped into a user namespace: root’s own files look so there', () => {
    const trust = ownTrust(1001, files('      1001       1001          1\n'));
    expect([0, 1001, 65534, 1000].map((uid) => trust.user(uid))).toEqual([true, true, true, false]);
    expect(trust.group(65534)).toBe(true);
  });

  it.each([
    ['a user’s own group', 1001, true],
    ['an empty group', 50, true],
    ['that of root', 0, true],
    ['one with others in it', 1004, false],
    ['one that is another user’s own', 100, false],
    ['one that two users have as theirs', 1000, false],
    ['an unknown one', 2000, false],
  ])('is a group that nobody else is in: %s', (_, gid, expected) =>
    expect(ownTrust(1001, files(whole)).group(gid)).toBe(expected),
  );

  it('takes the group with the user’s number for the user’s where no file knows it', () => {
    expect(ownTrust(70_000, files(whole)).group(70_000)).toBe(true);
  });

  it('decides who may write', () => {
    const trust = ownTrust(1001, files(whole));
    const writable = (mode: number, gid: number): boolean =>
      othersThatWrite({ mode, gid }, null, trust) !== null;
    // As homes are under umask 022, 077 and, with a group for each user, 002.
    for (const mode of [0o755, 0o750, 0o700]) expect(writable(mode, 1004)).toBe(false);
    expect(writable(0o775, 1001)).toBe(false);
    expect(writable(0o775, 1004)).toBe(true);
    expect(writable(0o757, 1001)).toBe(true);
  });
});

describe('an access list', () => {
  const trust = ownTrust(1001, files(whole));
  const [user, named, owningGroup, group, mask, other] = [1, 2, 4, 8, 16, 32];
  const bytes = (...entries: [tag: number, permissions: number, id?: number][]): Buffer => {
    const list = Buffer.alloc(4 + 8 * entries.length);
    list.writeUInt32LE(2);
    entries.forEach(([tag, permissions, id = 0xffffffff], i) => {
      list.writeUInt16LE(tag, 4 + 8 * i);
      list.writeUInt16LE(permissions, 6 + 8 * i);
      list.writeUInt32LE(id, 8 + 8 * i);
    });
    return list;
  };
  const owners: [number, number][] = [
    [user!, 7],
    [other!, 0],
  ];
  const writers = (mode: number, ...entries: [number, number, number?][]): string | null =>
    othersThatWrite({ mode, gid: 1004 }, parseAccessList(bytes(...owners, ...entries)), trust);

  it.each([
    ['another user', [named, 7, 1000], 'others (user 1000 by its access list, see getfacl)'],
    ['a user that is not known here', [named, 2], 'others (user 4294967295 by its access list, see getfacl)'],
    ['a group with others in it', [group, 6, 100], 'others (group 100 by its access list, see getfacl)'],
    ['the owning group', [owningGroup, 7], 'others'],
    ['oneself', [named, 7, 1001], null],
    ['root', [named, 7, 0], null],
    ['a group with nobody else in it', [group, 7, 1001], null],
    ['another user to read', [named, 5, 1000], null],
  ] as const)('lets %s write, unless the mask does not', (_, entry, expected) => {
    const grant = entry as unknown as [number, number, number?];
    expect(writers(0o770, grant, [mask!, 7])).toBe(expected);
    expect(writers(0o770, grant)).toBe(expected);
    expect(writers(0o750, grant, [mask!, 5])).toBeNull();
  });

  it('tells the mask, which the mode shows, from the owning group', () => {
    expect(writers(0o770, [owningGroup!, 5], [named!, 7, 1001], [mask!, 7])).toBeNull();
  });

  it('is none in another form', () => {
    const good = bytes(...owners);
    expect(parseAccessList(good)).not.toBeNull();
    for (const bad of [
      Buffer.alloc(0),
      good.subarray(1),
      Buffer.concat([Buffer.from([1]), good.subarray(1)]),
    ])
      expect(parseAccessList(bad)).toBeNull();
  });
});
