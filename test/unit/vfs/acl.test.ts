import { describe, expect, it } from 'vitest';
import type { MemfsError } from '../../../src/core/errors.js';
import {
  AclTag,
  chmodAcl,
  encodeAcl,
  inheritAcl,
  isMinimumAcl,
  modeOf,
  parseAcl,
  undefinedId,
} from '../../../src/vfs/store/acl.js';

/** Hex digits; what follows a `#` in a line is a comment. */
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex');

/** What `setfacl -m u:1000:rwx,g:2000:r` makes of a file of mode 0640, as ext4 answers it. */
const extended = hex(`
  02000000  # version 2
  0100 0600 ffffffff  # user::rw-
  0200 0700 e8030000  # user:1000:rwx
  0400 0400 ffffffff  # group::r--
  0800 0400 d0070000  # group:2000:r--
  1000 0700 ffffffff  # mask::rwx
  2000 0000 ffffffff  # other::---
`);

const minimum = hex(`
  02000000  # version 2
  0100 0600 ffffffff  # user::rw-
  0400 0400 ffffffff  # group::r--
  2000 0400 ffffffff  # other::r--
`);

const entries = (...list: [tag: number, perm: number, id?: number][]) =>
  list.map(([tag, perm, id = undefinedId]) => ({ tag, perm, id }));

const { userObj, user, groupObj, group, mask, other } = AclTag;
const parsed = (value: Buffer) => parseAcl(value)!;

describe('the attribute', () => {
  it('is a version and entries of eight bytes', () => {
    expect(parseAcl(extended)).toEqual(
      entries([userObj, 6], [user, 7, 1000], [groupObj, 4], [group, 4, 2000], [mask, 7], [other, 0]),
    );
    expect(encodeAcl(parsed(extended))).toEqual(extended);
  });

  it('has ids of named entries only', () => {
    const odd = hex('02000000 0100060001000000 0400040002000000 2000040003000000');
    expect(encodeAcl(parsed(odd))).toEqual(minimum);
  });

  it('without entries stands for no ACL', () => {
    expect(parseAcl(Buffer.alloc(0))).toBeNull();
    expect(parseAcl(hex('02000000'))).toBeNull();
  });

  const code = (value: Buffer): string => {
    try {
      parseAcl(value);
    } catch (error) {
      return (error as MemfsError).code;
    }
    return 'valid';
  };
  const base = { owner: [userObj, 6], group: [groupObj, 4], other: [other, 4] } as const;

  it.each<[string, [number, number, number?][]]>([
    [
      'without its owner',
      [
        [groupObj, 4],
        [other, 4],
      ],
    ],
    [
      'without its group',
      [
        [userObj, 6],
        [other, 4],
      ],
    ],
    [
      'without others',
      [
        [userObj, 6],
        [groupObj, 4],
      ],
    ],
    ['with two owners', [[...base.owner], [...base.owner], [...base.group], [...base.other]]],
    ['with two masks', [[...base.owner], [...base.group], [mask, 7], [mask, 7], [...base.other]]],
    ['out of order', [[...base.group], [...base.owner], [...base.other]]],
    [
      'with a named group before the group',
      [[...base.owner], [group, 4, 1], [...base.group], [mask, 4], [...base.other]],
    ],
    ['with a named user and no mask', [[...base.owner], [user, 4, 1], [...base.group], [...base.other]]],
    ['with a named group and no mask', [[...base.owner], [...base.group], [group, 4, 1], [...base.other]]],
    ['with a fourth permission', [[userObj, 8], [...base.group], [...base.other]]],
    ['with an unknown tag', [[...base.owner], [...base.group], [3, 4], [...base.other]]],
    ['with a user that is nobody', [[...base.owner], [user, 4], [...base.group], [mask, 4], [...base.other]]],
  ])('is refused %s', (_, list) => {
    expect(code(encodeAcl(entries(...list)))).toBe('invalid');
  });

  it('may name one id twice, as Linux has it', () => {
    const twice = entries([userObj, 6], [user, 4, 1], [user, 6, 1], [groupObj, 4], [mask, 6], [other, 4]);
    expect(parseAcl(encodeAcl(twice))).toEqual(twice);
  });

  it('is refused when it is cut off, or of another version', () => {
    expect(code(minimum.subarray(0, 3))).toBe('invalid');
    expect(code(minimum.subarray(0, 27))).toBe('invalid');
    expect(code(Buffer.concat([hex('01000000'), minimum.subarray(4)]))).toBe('unsupported');
  });
});

describe('the mode', () => {
  it('is that of owner, mask and others', () => {
    expect(modeOf(parsed(extended))).toBe(0o670);
    expect(modeOf(parsed(minimum))).toBe(0o644);
  });

  it('says everything about an ACL of three entries', () => {
    expect(isMinimumAcl(parsed(minimum))).toBe(true);
    expect(isMinimumAcl(parsed(extended))).toBe(false);
    expect(isMinimumAcl(entries([userObj, 6], [groupObj, 4], [mask, 4], [other, 4]))).toBe(false);
  });

  it('changes owner, mask and others, and leaves the rest', () => {
    expect(chmodAcl(parsed(extended), 0o102751)).toEqual(
      entries([userObj, 7], [user, 7, 1000], [groupObj, 4], [group, 4, 2000], [mask, 5], [other, 1]),
    );
    expect(chmodAcl(parsed(minimum), 0o601)).toEqual(entries([userObj, 6], [groupObj, 0], [other, 1]));
  });
});

describe('a default ACL', () => {
  it('limits the mode that was asked for, and the mode limits what is inherited', () => {
    expect(inheritAcl(parsed(extended), 0o100666)).toEqual({
      mode: 0o100660,
      access: entries([userObj, 6], [user, 7, 1000], [groupObj, 4], [group, 4, 2000], [mask, 6], [other, 0]),
    });
    expect(inheritAcl(parsed(extended), 0o040700)).toEqual({
      mode: 0o040600,
      access: entries([userObj, 6], [user, 7, 1000], [groupObj, 4], [group, 4, 2000], [mask, 0], [other, 0]),
    });
  });

  it('of three entries gives a mode and no ACL', () => {
    expect(inheritAcl(parsed(minimum), 0o041777)).toEqual({ mode: 0o041644, access: null });
  });
});
