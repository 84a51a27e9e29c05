"""Every way to change something by a path, one function each: `attempt(path)`. `mine` is a file that may be written."""

import fcntl
import mmap
import os
import socket
import stat
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(__file__), '..', 'posix'))
from support import RENAME_EXCHANGE, RENAME_NOREPLACE, fallocate, linkat_descriptor, renameat2

FS_IOC_SETFLAGS = 0x40086602
FICLONE = 0x40049409
append_only = struct.pack('l', 0x20)
mine = 'open/mine.md'


def opening(flags):
    def attempt(path):
        os.close(os.open(path, flags, 0o644))

    return attempt


def through_reader(action):
    """What can be tried with a descriptor that was opened for reading."""

    def attempt(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            action(descriptor)
        finally:
            os.close(descriptor)

    return attempt


def reopened(flags):
    return through_reader(lambda fd: os.close(os.open(f'/proc/self/fd/{fd}', flags)))


def copied_into(descriptor):
    with open(mine, 'rb') as source:
        os.copy_file_range(source.fileno(), descriptor, 1)


def bound(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)


def linked_by_descriptor(path):
    with open(mine, 'rb') as source:
        linkat_descriptor(source.fileno(), path)


def temporary(path):
    os.close(os.open(path, os.O_TMPFILE | os.O_RDWR, 0o600))


opens = {
    'open O_WRONLY': opening(os.O_WRONLY),
    'open O_RDWR': opening(os.O_RDWR),
    'open O_RDONLY|O_TRUNC': opening(os.O_RDONLY | os.O_TRUNC),
    'open O_WRONLY|O_TRUNC': opening(os.O_WRONLY | os.O_TRUNC),
    'open O_WRONLY|O_APPEND': opening(os.O_WRONLY | os.O_APPEND),
    'truncate': lambda path: os.truncate(path, 0),
}

attributes = {
    'chmod': lambda path: os.chmod(path, 0o600),
    'chown': lambda path: os.chown(path, 7, 7),
    'utime': lambda path: os.utime(path, (1, 1)),
    'utime now': lambda path: os.utime(path),
    'setxattr': lambda path: os.setxattr(path, 'user.x', b'1'),
    'setxattr of an ACL': lambda path: os.setxattr(
        path,
        'system.posix_acl_access',
        struct.pack('<I', 2) + b''.join(struct.pack('<HHI', tag, 6, 0xFFFFFFFF) for tag in (1, 4, 32)),
    ),
    'removexattr': lambda path: os.removexattr(path, 'user.kept'),
}

names = {
    'unlink': os.unlink,
    'rename away': lambda path: os.rename(path, 'open/taken'),
    'rename away, NOREPLACE': lambda path: renameat2(path, 'open/taken', RENAME_NOREPLACE),
    'rename over it': lambda path: os.rename(mine, path),
    'exchange': lambda path: renameat2(mine, path, RENAME_EXCHANGE),
    'exchange, the other way': lambda path: renameat2(path, mine, RENAME_EXCHANGE),
    'link it elsewhere': lambda path: os.link(path, 'open/taken'),
}

descriptors = {
    'ftruncate of a reader': through_reader(lambda fd: os.ftruncate(fd, 0)),
    'write to a reader': through_reader(lambda fd: os.write(fd, b'x')),
    'fallocate of a reader': through_reader(lambda fd: fallocate(fd, 0, 0, 100)),
    'copy_file_range into a reader': through_reader(copied_into),
    'shared writable map of a reader': through_reader(lambda fd: mmap.mmap(fd, 1, mmap.MAP_SHARED)),
    'fchmod': through_reader(lambda fd: os.fchmod(fd, 0o600)),
    'futimens': through_reader(lambda fd: os.utime(fd, (1, 1))),
    'fsetxattr': through_reader(lambda fd: os.setxattr(fd, 'user.x', b'1')),
    'reopen of a reader, O_WRONLY': reopened(os.O_WRONLY),
    'reopen of a reader, O_RDWR|O_TRUNC': reopened(os.O_RDWR | os.O_TRUNC),
    'reopen of a reader, O_RDONLY|O_TRUNC': reopened(os.O_RDONLY | os.O_TRUNC),
    'ioctl FS_IOC_SETFLAGS': through_reader(lambda fd: fcntl.ioctl(fd, FS_IOC_SETFLAGS, append_only)),
    'ioctl FICLONE': through_reader(lambda fd: fcntl.ioctl(fd, FICLONE, fd)),
}

creations = {
    'open O_CREAT': opening(os.O_CREAT | os.O_WRONLY),
    'open O_CREAT|O_RDONLY': opening(os.O_CREAT | os.O_RDONLY),
    'open O_CREAT|O_EXCL': opening(os.O_CREAT | os.O_EXCL | os.O_WRONLY),
    'mkdir': os.mkdir,
    'mkfifo': os.mkfifo,
    'mknod': lambda path: os.mknod(path, stat.S_IFREG | 0o644),
    'bind a socket': bound,
    'symlink': lambda path: os.symlink('anywhere', path),
    'link': lambda path: os.link(mine, path),
    'link of a descriptor': linked_by_descriptor,
    'rename': lambda path: os.rename(mine, path),
    'rename, NOREPLACE': lambda path: renameat2(mine, path, RENAME_NOREPLACE),
    'rename of a directory': lambda path: os.rename('open/sub', path),
}
