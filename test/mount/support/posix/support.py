"""What the cases share: system calls that Python does not wrap, and two ways to expect an error."""

import contextlib
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
libc.opendir.restype = ctypes.c_void_p
libc.telldir.argtypes = [ctypes.c_void_p]
libc.telldir.restype = ctypes.c_long
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
libc.closedir.argtypes = [ctypes.c_void_p]

AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000
AT_SYMLINK_FOLLOW = 0x400
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
FALLOC_FL_KEEP_SIZE = 1
FALLOC_FL_PUNCH_HOLE = 2
FALLOC_FL_COLLAPSE_RANGE = 8
FALLOC_FL_ZERO_RANGE = 16
UTIME_NOW = (1 << 30) - 1
UTIME_OMIT = (1 << 30) - 2


def root_only(case):
    case.root_only = True
    return case


@contextlib.contextmanager
def fails(*codes):
    """The block ends in an OSError with one of these codes."""
    try:
        yield
    except OSError as error:
        names = [errno.errorcode[code] for code in codes]
        assert error.errno in codes, f'{errno.errorcode[error.errno]} in place of {names}'
    else:
        raise AssertionError(f'no error in place of {[errno.errorcode[code] for code in codes]}')


def checked(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def renameat2(source, target, flags):
    return checked(libc.renameat2(AT_FDCWD, os.fsencode(source), AT_FDCWD, os.fsencode(target), flags))


def fallocate(descriptor, mode, offset, length):
    return checked(libc.fallocate(descriptor, mode, offset, length))


def linkat_descriptor(descriptor, target):
    source = f'/proc/self/fd/{descriptor}'.encode()
    return checked(libc.linkat(AT_FDCWD, source, AT_FDCWD, os.fsencode(target), AT_SYMLINK_FOLLOW))


def futimens_raw(path, atime, mtime):
    """utimensat with (seconds, nanoseconds) pairs, where the nanoseconds may be UTIME_NOW or UTIME_OMIT."""
    times = (ctypes.c_long * 4)(*atime, *mtime)
    return checked(libc.utimensat(AT_FDCWD, os.fsencode(path), times, 0))


def put(path, content=b''):
    with open(path, 'wb') as file:
        file.write(content)


def get(path):
    with open(path, 'rb') as file:
        return file.read()


def as_user(uid, action):
    """Runs `action` in a child with another uid and gid and no groups; its exception is ours."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            action()
            os._exit(0)
        except BaseException as error:
            os.write(writer, repr(error).encode())
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, 'rb') as said:
        message = said.read().decode()
    _, status = os.waitpid(child, 0)
    assert status == 0, f'as uid {uid}: {message}'
