"""Modes, owners, times and extended attributes."""

import errno
import os
import stat

from support import UTIME_NOW, UTIME_OMIT, as_user, fails, futimens_raw, get, put, root_only

MINUTE = 60 * 10**9


def chmod_sets_every_bit():
    put('f')
    for mode in (0o644, 0o000, 0o7777, 0o4711, 0o2755, 0o600):
        os.chmod('f', mode)
        assert os.stat('f').st_mode & 0o7777 == mode


def chmod_through_a_descriptor_and_a_symlink():
    put('f')
    os.symlink('f', 'link')
    os.fchmod(os.open('f', os.O_RDONLY), 0o640)
    assert os.stat('f').st_mode & 0o777 == 0o640
    os.chmod('link', 0o604)
    assert os.stat('f').st_mode & 0o777 == 0o604 and stat.S_ISLNK(os.lstat('link').st_mode)


def new_files_belong_to_the_caller():
    put('f')
    os.mkdir('d')
    os.symlink('f', 'l')
    for name in 'fdl':
        status = os.lstat(name)
        assert (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid())


@root_only
def new_files_belong_to_another_caller():
    os.chmod('.', 0o777)
    as_user(1234, lambda: (put('f'), os.mkdir('d'), os.symlink('x', 'l'), os.mkfifo('p')))
    for name in 'fdlp':
        assert (os.lstat(name).st_uid, os.lstat(name).st_gid) == (1234, 1234)


@root_only
def chown_sets_owner_and_group():
    put('f')
    os.chown('f', 1000, 2000)
    assert (os.stat('f').st_uid, os.stat('f').st_gid) == (1000, 2000)
    os.chown('f', -1, 3000)
    assert (os.stat('f').st_uid, os.stat('f').st_gid) == (1000, 3000)
    os.symlink('f', 'l')
    os.lchown('l', 5, 6)
    assert (os.lstat('l').st_uid, os.stat('f').st_uid) == (5, 1000)


@root_only
def chown_clears_set_id_bits():
    put('f')
    os.chmod('f', 0o6755)
    os.chown('f', 1000, 1000)
    assert os.stat('f').st_mode & 0o7777 == 0o755


@root_only
def chown_is_for_the_owner_only():
    os.chmod('.', 0o755)
    put('f')

    def try_it():
        with fails(errno.EPERM):
            os.chown('f', 1234, 1234)
        with fails(errno.EPERM):
            os.chmod('f', 0o777)
        with fails(errno.EPERM):
            os.utime('f', ns=(1, 1))

    as_user(1234, try_it)


@root_only
def permission_bits_bind_other_users():
    os.chmod('.', 0o755)
    put('secret', b'x')
    os.chmod('secret', 0o600)
    os.mkdir('closed', 0o700)

    def try_it():
        for action in (
            lambda: get('secret'),
            lambda: put('secret', b'y'),
            lambda: put('new'),
            lambda: os.listdir('closed'),
            lambda: os.stat('closed/x'),
            lambda: os.unlink('secret'),
            lambda: os.rename('secret', 'mine'),
        ):
            with fails(errno.EACCES):
                action()
        assert not os.access('secret', os.R_OK)

    as_user(1234, try_it)
    assert get('secret') == b'x'


@root_only
def set_group_id_directory_hands_down_its_group():
    os.mkdir('d')
    os.chown('d', 0, 4321)
    os.chmod('d', 0o2777)
    as_user(1234, lambda: (put('d/f'), os.mkdir('d/sub')))
    assert os.stat('d/f').st_gid == 4321
    assert os.stat('d/sub').st_gid == 4321 and os.stat('d/sub').st_mode & stat.S_ISGID


@root_only
def sticky_directory_protects_the_files_of_others():
    os.mkdir('d')
    os.chmod('d', 0o1777)
    as_user(1234, lambda: put('d/f', b'x'))

    def try_it():
        put('d/own')
        with fails(errno.EPERM, errno.EACCES):
            os.unlink('d/f')
        with fails(errno.EPERM, errno.EACCES):
            os.rename('d/f', 'd/g')
        with fails(errno.EPERM, errno.EACCES):
            os.rename('d/own', 'd/f')
        os.unlink('d/own')

    as_user(5678, try_it)
    assert get('d/f') == b'x'


@root_only
def supplementary_groups_count():
    put('f', b'shared')
    os.chown('f', 0, 4321)
    os.chmod('f', 0o640)
    os.chmod('.', 0o755)
    child = os.fork()
    if child == 0:
        os.setgroups([4321])
        os.setgid(1234)
        os.setuid(1234)
        os._exit(0 if get('f') == b'shared' else 1)
    assert os.waitpid(child, 0)[1] == 0


@root_only
def device_nodes_keep_their_numbers():
    os.mknod('null', stat.S_IFCHR | 0o666, os.makedev(1, 3))
    status = os.stat('null')
    assert stat.S_ISCHR(status.st_mode) and status.st_rdev == os.makedev(1, 3)


def times_keep_nanoseconds():
    put('f')
    for atime, mtime in ((1_000_000_001, 987_654_321_123_456_789), (0, 1), (-1_500_000_000, -1)):
        os.utime('f', ns=(atime, mtime))
        assert (os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns) == (atime, mtime)


def times_after_2038():
    put('f')
    late = 5_000_000_000 * 10**9 + 7
    os.utime('f', ns=(late, late))
    assert os.stat('f').st_mtime_ns == late


def utime_omit_and_now():
    put('f')
    os.utime('f', ns=(111, 222))
    futimens_raw('f', (0, UTIME_OMIT), (5, 6))
    assert (os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns) == (111, 5 * 10**9 + 6)
    futimens_raw('f', (7, 8), (0, UTIME_OMIT))
    assert (os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns) == (7 * 10**9 + 8, 5 * 10**9 + 6)
    put('now')
    futimens_raw('f', (0, UTIME_OMIT), (0, UTIME_NOW))
    assert os.stat('f').st_atime_ns == 7 * 10**9 + 8
    assert abs(os.stat('f').st_mtime_ns - os.stat('now').st_mtime_ns) < MINUTE


def utime_of_a_symlink_itself():
    put('f')
    os.symlink('f', 'l')
    before = os.stat('f').st_mtime_ns
    os.utime('l', ns=(1, 2), follow_symlinks=False)
    assert os.lstat('l').st_mtime_ns == 2 and os.stat('f').st_mtime_ns == before


def changes_move_mtime_and_ctime():
    put('f', b'x')
    os.utime('f', ns=(0, 0))
    put('f', b'y')
    assert os.stat('f').st_mtime_ns > 0
    os.utime('f', ns=(0, 0))
    os.truncate('f', 5)
    assert os.stat('f').st_mtime_ns > 0
    os.utime('f', ns=(0, 0))
    changed = os.stat('f').st_ctime_ns
    os.chmod('f', 0o600)
    assert os.stat('f').st_mtime_ns == 0 and os.stat('f').st_ctime_ns >= changed > 0


def names_move_the_times_of_their_directory():
    os.mkdir('d')
    put('f')

    def moved(action):
        os.utime('d', ns=(0, 0))
        action()
        return os.stat('d').st_mtime_ns > 0

    assert moved(lambda: put('d/a'))
    assert moved(lambda: os.mkdir('d/b'))
    assert moved(lambda: os.rename('d/a', 'd/c'))
    assert moved(lambda: os.link('f', 'd/e'))
    assert moved(lambda: os.symlink('x', 'd/g'))
    assert moved(lambda: os.unlink('d/c'))
    assert moved(lambda: os.rmdir('d/b'))
    assert not moved(lambda: put('d/e', b'content only'))


def extended_attributes():
    put('f')
    os.mkdir('d')
    for name in 'fd':
        os.setxattr(name, 'user.one', b'1')
        os.setxattr(name, 'user.two', bytes(range(256)))
        assert sorted(a for a in os.listxattr(name) if a in ('user.one', 'user.two')) == ['user.one', 'user.two']
        assert os.getxattr(name, 'user.two') == bytes(range(256))
        os.removexattr(name, 'user.one')
        with fails(errno.ENODATA):
            os.getxattr(name, 'user.one')
        with fails(errno.ENODATA):
            os.removexattr(name, 'user.one')


def extended_attribute_flags():
    put('f')
    with fails(errno.ENODATA):
        os.setxattr('f', 'user.a', b'x', os.XATTR_REPLACE)
    os.setxattr('f', 'user.a', b'x', os.XATTR_CREATE)
    with fails(errno.EEXIST):
        os.setxattr('f', 'user.a', b'y', os.XATTR_CREATE)
    os.setxattr('f', 'user.a', b'', os.XATTR_REPLACE)
    assert os.getxattr('f', 'user.a') == b''


def extended_attributes_follow_the_inode():
    put('f')
    os.setxattr('f', 'user.kept', b'x')
    os.rename('f', 'g')
    os.link('g', 'h')
    assert os.getxattr('h', 'user.kept') == b'x'
    put('plain')
    os.rename('plain', 'g')
    with fails(errno.ENODATA):
        os.getxattr('g', 'user.kept')
    assert os.getxattr('h', 'user.kept') == b'x'


def extended_attribute_limits():
    put('f')
    with fails(errno.ERANGE):
        os.setxattr('f', 'user.' + 'n' * 251, b'x')
    with fails(errno.E2BIG):
        os.setxattr('f', 'user.big', bytes(65_537))


def link_count_and_ctime_move_together():
    put('f')
    before = os.stat('f').st_ctime_ns
    os.link('f', 'g')
    assert os.stat('f').st_nlink == 2 and os.stat('f').st_ctime_ns >= before
    os.unlink('g')
    assert os.stat('f').st_nlink == 1


def access_checks_answer_for_the_caller():
    put('f')
    os.chmod('f', 0o444)
    assert os.access('f', os.R_OK) and not os.access('f', os.X_OK) and not os.access('absent', os.F_OK)
