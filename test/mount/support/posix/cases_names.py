"""Names: rename, link, symlink, unlink, directories and their listing."""

import ctypes
import errno
import os
import socket

from support import (
    RENAME_EXCHANGE,
    RENAME_NOREPLACE,
    fails,
    get,
    libc,
    linkat_descriptor,
    put,
    renameat2,
)


def rename_keeps_the_inode():
    put('a', b'x')
    inode = os.stat('a').st_ino
    os.rename('a', 'b')
    assert os.listdir('.') == ['b'] and os.stat('b').st_ino == inode and get('b') == b'x'


def rename_replaces_a_file():
    put('a', b'new')
    put('b', b'old')
    held = os.open('b', os.O_RDONLY)
    os.rename('a', 'b')
    assert os.listdir('.') == ['b'] and get('b') == b'new'
    assert os.read(held, 9) == b'old' and os.fstat(held).st_nlink == 0


def rename_to_another_directory():
    os.makedirs('one/deep')
    os.mkdir('two')
    put('one/deep/f', b'x')
    os.rename('one/deep', 'two/deep')
    assert os.listdir('one') == [] and get('two/deep/f') == b'x'
    assert os.stat('one').st_nlink == 2 and os.stat('two').st_nlink == 3
    assert os.stat('two/deep/..').st_ino == os.stat('two').st_ino


def rename_replaces_an_empty_directory_only():
    os.mkdir('a')
    os.mkdir('empty')
    os.makedirs('full/x')
    with fails(errno.ENOTEMPTY, errno.EEXIST):
        os.rename('a', 'full')
    os.rename('a', 'empty')
    assert sorted(os.listdir('.')) == ['empty', 'full']


def rename_between_kinds_is_refused():
    put('f')
    os.mkdir('d')
    with fails(errno.EISDIR):
        os.rename('f', 'd')
    with fails(errno.ENOTDIR):
        os.rename('d', 'f')


def rename_into_itself_is_refused():
    os.makedirs('d/e')
    with fails(errno.EINVAL):
        os.rename('d', 'd/e/f')
    with fails(errno.ENOENT):
        os.rename('absent', 'x')


def rename_of_two_links_to_one_file_does_nothing():
    put('a', b'x')
    os.link('a', 'b')
    os.rename('a', 'b')
    assert sorted(os.listdir('.')) == ['a', 'b']


def rename_of_an_open_written_file():
    descriptor = os.open('a', os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, b'one')
    os.rename('a', 'b')
    os.write(descriptor, b' two')
    os.close(descriptor)
    assert get('b') == b'one two' and not os.path.exists('a')


def rename_noreplace():
    put('a', b'A')
    put('b', b'B')
    with fails(errno.EEXIST):
        renameat2('a', 'b', RENAME_NOREPLACE)
    assert (get('a'), get('b')) == (b'A', b'B')
    renameat2('a', 'c', RENAME_NOREPLACE)
    assert get('c') == b'A' and not os.path.exists('a')


def rename_exchange_of_files():
    put('a', b'A')
    put('b', b'B')
    inodes = os.stat('a').st_ino, os.stat('b').st_ino
    renameat2('a', 'b', RENAME_EXCHANGE)
    assert (get('a'), get('b')) == (b'B', b'A')
    assert (os.stat('b').st_ino, os.stat('a').st_ino) == inodes


def rename_exchange_of_a_file_and_a_directory():
    os.makedirs('one/d/x')
    os.mkdir('two')
    put('two/f', b'F')
    renameat2('one/d', 'two/f', RENAME_EXCHANGE)
    assert get('one/d') == b'F' and os.listdir('two/f') == ['x']
    assert os.stat('one').st_nlink == 2 and os.stat('two').st_nlink == 3


def rename_exchange_needs_both_names():
    put('a', b'A')
    with fails(errno.ENOENT):
        renameat2('a', 'absent', RENAME_EXCHANGE)
    with fails(errno.EINVAL):
        renameat2('a', 'b', RENAME_EXCHANGE | RENAME_NOREPLACE)


def rename_of_a_symlink_moves_the_link():
    put('target', b'x')
    os.symlink('target', 'link')
    os.rename('link', 'moved')
    assert os.readlink('moved') == 'target' and get('target') == b'x'


def hard_links_are_one_file():
    put('a', b'x')
    os.mkdir('d')
    os.link('a', 'd/b')
    assert os.stat('a').st_ino == os.stat('d/b').st_ino and os.stat('a').st_nlink == 2
    put('d/b', b'changed')
    assert get('a') == b'changed' and os.stat('a').st_size == 7
    os.chmod('a', 0o600)
    assert os.stat('d/b').st_mode & 0o777 == 0o600
    os.unlink('a')
    assert get('d/b') == b'changed' and os.stat('d/b').st_nlink == 1


def hard_link_errors():
    put('a')
    put('b')
    os.mkdir('d')
    with fails(errno.EEXIST):
        os.link('a', 'b')
    with fails(errno.EPERM):
        os.link('d', 'e')
    with fails(errno.ENOENT):
        os.link('absent', 'x')


def hard_link_to_a_symlink():
    os.symlink('anywhere', 'link')
    os.link('link', 'second', follow_symlinks=False)
    assert os.readlink('second') == 'anywhere' and os.lstat('link').st_nlink == 2


def symlink_targets_are_kept_as_they_are():
    for name, target in (('a', 'relative/../x'), ('b', '/no/such'), ('c', 'ü ' * 500), ('d', '.')):
        os.symlink(target, name)
        assert os.readlink(name) == target
        assert os.lstat(name).st_size == len(os.fsencode(target))


def symlinks_resolve_across_directories():
    os.makedirs('one/two')
    put('one/f', b'x')
    os.symlink('../f', 'one/two/link')
    os.symlink('one/two', 'shortcut')
    assert get('shortcut/link') == b'x'


def symlink_loop_is_eloop():
    os.symlink('b', 'a')
    os.symlink('a', 'b')
    with fails(errno.ELOOP):
        os.stat('a')


def symlink_errors():
    put('f')
    with fails(errno.EEXIST):
        os.symlink('x', 'f')
    with fails(errno.EINVAL):
        os.readlink('f')
    with fails(errno.ENOENT):
        os.symlink('', 'empty')


def temporary_file_gets_a_name_later():
    descriptor = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640)
    os.write(descriptor, b'unnamed')
    assert os.listdir('.') == [] and os.fstat(descriptor).st_nlink == 0
    linkat_descriptor(descriptor, 'named')
    assert get('named') == b'unnamed' and os.fstat(descriptor).st_nlink == 1
    os.write(descriptor, b' and more')
    os.close(descriptor)
    assert get('named') == b'unnamed and more' and os.stat('named').st_mode & 0o777 == 0o640


def temporary_file_without_a_name_is_gone():
    descriptor = os.open('.', os.O_TMPFILE | os.O_RDWR | os.O_EXCL)
    os.write(descriptor, b'x')
    with fails(errno.ENOENT):
        linkat_descriptor(descriptor, 'named')
    os.close(descriptor)
    assert os.listdir('.') == []


def unlink_errors():
    os.mkdir('d')
    with fails(errno.EISDIR, errno.EPERM):
        os.unlink('d')
    with fails(errno.ENOENT):
        os.unlink('absent')


def rmdir_errors():
    os.makedirs('d/e')
    put('f')
    with fails(errno.ENOTEMPTY, errno.EEXIST):
        os.rmdir('d')
    with fails(errno.ENOTDIR):
        os.rmdir('f')
    with fails(errno.EINVAL):
        os.rmdir('d/e/.')
    with fails(errno.ENOTEMPTY, errno.EEXIST):
        os.rmdir('d/e/..')
    os.rmdir('d/e')
    os.rmdir('d')
    assert os.listdir('.') == ['f']


def removed_directory_that_is_still_open_is_empty():
    os.mkdir('d')
    descriptor = os.open('d', os.O_RDONLY)
    os.rmdir('d')
    assert os.listdir(descriptor) == [] and os.fstat(descriptor).st_nlink == 0
    with fails(errno.ENOENT):
        os.open('f', os.O_CREAT | os.O_WRONLY, dir_fd=descriptor)


def directory_link_counts():
    os.mkdir('d')
    assert os.stat('d').st_nlink == 2
    os.mkdir('d/a')
    os.mkdir('d/b')
    put('d/f')
    assert os.stat('d').st_nlink == 4
    os.rmdir('d/a')
    assert os.stat('d').st_nlink == 3


def mkdir_over_anything_is_eexist():
    put('f')
    os.mkdir('d')
    os.symlink('nowhere', 'link')
    for name in ('f', 'd', 'link'):
        with fails(errno.EEXIST):
            os.mkdir(name)


def longest_name():
    longest = 'n' * 255
    put(longest, b'x')
    assert os.listdir('.') == [longest] and get(longest) == b'x'
    for action in (put, os.mkdir, os.stat, lambda name: os.rename(longest, name), lambda name: os.symlink('x', name)):
        with fails(errno.ENAMETOOLONG):
            action('n' * 256)


def longest_name_counts_bytes():
    put('é' * 127)
    with fails(errno.ENAMETOOLONG):
        put('é' * 128)


def names_of_any_bytes():
    names = sorted([b'\xff\xfe', b'new\nline', b'back\\slash', 'ünïcödé'.encode(), b' ', b'-rf', b'...', b'\x01'])
    for name in names:
        put(name, name)
    assert sorted(os.listdir(b'.')) == names
    for name in names:
        assert get(name) == name
        os.unlink(name)


def names_differ_by_case_and_normal_form():
    names = ['a', 'A', 'e\u0301', '\u00e9']
    for name in names:
        put(name, name.encode())
    assert sorted(os.listdir('.')) == sorted(names)
    assert [get(name) for name in names] == [name.encode() for name in names]


def deep_paths():
    for _ in range(100):
        os.mkdir('directory')
        os.chdir('directory')
    put('f', b'deep')
    assert len(os.getcwd()) > 1000 and get('f') == b'deep'
    put(os.path.join(os.getcwd(), 'g'), b'absolute')
    assert get('g') == b'absolute'


def path_too_long():
    with fails(errno.ENAMETOOLONG):
        os.stat('a/' * 2100)


def directory_of_ten_thousand_entries():
    os.mkdir('d')
    directory = os.open('d', os.O_RDONLY)
    for number in range(10_000):
        os.mknod(f'{number:05d}', dir_fd=directory)
    names = os.listdir('d')
    assert len(names) == 10_000 and sorted(names) == [f'{number:05d}' for number in range(10_000)]
    for number in range(0, 10_000, 100):
        os.unlink(f'{number:05d}', dir_fd=directory)
    assert len(os.listdir('d')) == 9_900


def listing_knows_types_and_inodes():
    put('f')
    os.mkdir('d')
    os.symlink('f', 'l')
    os.mkfifo('p')
    seen = {entry.name: entry for entry in os.scandir('.')}
    assert seen['f'].is_file() and seen['d'].is_dir() and seen['l'].is_symlink() and set(seen) == set('fdlp')
    for name, entry in seen.items():
        assert entry.inode() == os.lstat(name).st_ino


def listing_starts_with_dot_and_dotdot():
    os.mkdir('d')
    put('d/x')
    stream = libc.opendir(b'd')
    assert sorted(_entries(stream)) == [b'.', b'..', b'x']
    libc.closedir(stream)


class _Entry(ctypes.Structure):
    """struct dirent of 64-bit Linux: d_ino, d_off, d_reclen, d_type, d_name."""

    _fields_ = [
        ('inode', ctypes.c_uint64),
        ('offset', ctypes.c_int64),
        ('length', ctypes.c_ushort),
        ('type', ctypes.c_ubyte),
        ('name', ctypes.c_char * 256),
    ]


libc.readdir.argtypes = [ctypes.c_void_p]
libc.readdir.restype = ctypes.POINTER(_Entry)


def _next(stream):
    entry = libc.readdir(stream)
    return entry.contents.name if entry else None


def _entries(stream):
    return list(iter(lambda: _next(stream), None))


def seekdir_continues_where_telldir_stood():
    for number in range(500):
        os.mknod(f'{number:03d}')
    stream = libc.opendir(b'.')
    for _ in range(200):
        _next(stream)
    place = libc.telldir(stream)
    rest = _entries(stream)
    assert len(rest) == 302
    libc.seekdir(stream, place)
    assert _entries(stream) == rest
    libc.closedir(stream)


def seekdir_survives_deletion_of_earlier_entries():
    for number in range(300):
        os.mknod(f'{number:03d}')
    stream = libc.opendir(b'.')
    first = [_next(stream) for _ in range(150)]
    place = libc.telldir(stream)
    rest = _entries(stream)
    for name in first:
        if name not in (b'.', b'..'):
            os.unlink(name)
    libc.seekdir(stream, place)
    assert _entries(stream) == rest
    libc.closedir(stream)


def deleting_while_reading_meets_every_entry_once():
    for number in range(2_000):
        os.mknod(f'{number:04d}')
    met = []
    with os.scandir('.') as entries:
        for entry in entries:
            met.append(entry.name)
            os.unlink(entry.name)
    assert len(met) == len(set(met)) == 2_000 and os.listdir('.') == []


def rewinddir_sees_new_entries():
    put('a')
    descriptor = os.open('.', os.O_RDONLY)
    assert os.listdir(descriptor) == ['a']
    put('b')
    assert sorted(os.listdir(descriptor)) == ['a', 'b']


def fifo_carries_bytes():
    os.mkfifo('pipe', 0o600)
    child = os.fork()
    if child == 0:
        put('pipe', b'through the pipe')
        os._exit(0)
    assert get('pipe') == b'through the pipe'
    assert os.waitpid(child, 0)[1] == 0


def socket_accepts_connections():
    server = socket.socket(socket.AF_UNIX)
    server.bind('socket')
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect('socket')
    client.send(b'hello')
    assert server.accept()[0].recv(9) == b'hello'


def relative_calls_use_the_directory_descriptor():
    os.mkdir('d')
    directory = os.open('d', os.O_RDONLY)
    os.rename('d', 'moved')
    descriptor = os.open('f', os.O_CREAT | os.O_WRONLY, dir_fd=directory)
    os.write(descriptor, b'x')
    os.close(descriptor)
    assert get('moved/f') == b'x'
