"""What another, unrestricted mount does while a client of the scoped one has things open: `turn(free)`."""

import mmap
import os
import signal
import time

from cases import code_of


def refused(action, *expected):
    """At once, or as soon as the kernel has dropped the pages that it held."""
    deadline = time.monotonic() + 5
    while True:
        try:
            action()
        except OSError as error:
            assert code_of(error) in expected, f'{code_of(error)} in place of {expected}'
            return
        assert time.monotonic() < deadline, 'was not refused'
        time.sleep(0.01)


class Moved:
    """Moved by the other mount, and back."""

    def __init__(self, free, source, target):
        self.source, self.target = os.path.join(free, source), os.path.join(free, target)

    def __enter__(self):
        os.rename(self.source, self.target)

    def __exit__(self, *_):
        os.rename(self.target, self.source)


def a_handle_of_a_file_that_is_moved_out_of_sight(free):
    descriptor = os.open('open/moved.md', os.O_RDWR)
    assert os.pread(descriptor, 9, 0)
    with Moved(free, 'open/moved.md', 'secret/moved.md'):
        refused(lambda: os.pread(descriptor, 9, 0), 'ENOENT')
        refused(lambda: os.pwrite(descriptor, b'x', 0), 'ENOENT')
        refused(lambda: os.ftruncate(descriptor, 0), 'ENOENT')
        refused(lambda: os.fchmod(descriptor, 0o600), 'ENOENT')
        refused(lambda: os.fstat(descriptor), 'ENOENT')
        refused(lambda: os.stat('open/moved.md'), 'ENOENT')
        refused(lambda: os.mkdir('open/moved.md/x'), 'ENOENT')
    assert os.pread(descriptor, 9, 0)
    os.close(descriptor)


def a_handle_of_a_file_that_becomes_read_only(free):
    descriptor = os.open('open/moved.md', os.O_RDWR)
    with Moved(free, 'open/moved.md', 'shared/moved.md'):
        assert os.pread(descriptor, 9, 0)
        refused(lambda: os.pwrite(descriptor, b'x', 0), 'EROFS')
        refused(lambda: os.posix_fallocate(descriptor, 0, 100), 'EROFS')
        refused(lambda: os.setxattr(descriptor, 'user.x', b'1'), 'EROFS')
    os.close(descriptor)


def a_map_of_a_file_that_is_moved_out_of_sight(free):
    child = os.fork()
    if child == 0:
        with open('open/moved.md', 'rb') as file:
            shared = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        assert shared[0]
        with Moved(free, 'open/moved.md', 'secret/moved.md'):
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                grandchild = os.fork()
                if grandchild == 0:
                    signal.signal(signal.SIGBUS, signal.SIG_DFL)
                    os._exit(0 if shared[0] else 1)
                if os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]) == -signal.SIGBUS:
                    break
            else:
                os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, 'the pages can be read on'


def a_directory_that_is_moved_out_of_sight(free):
    inside = os.open('open/sub', os.O_RDONLY | os.O_DIRECTORY)
    reader = os.open('open/sub/deep.md', os.O_RDONLY)
    assert os.pread(reader, 9, 0)
    with Moved(free, 'open/sub', 'secret/sub'):
        refused(lambda: os.listdir(inside), 'ENOENT')
        refused(lambda: os.pread(reader, 9, 0), 'ENOENT')
        refused(lambda: os.mkdir('new', dir_fd=inside), 'ENOENT', 'EACCES')
        refused(lambda: os.open('deep.md', os.O_RDONLY, dir_fd=inside), 'ENOENT')
        refused(lambda: os.unlink('deep.md', dir_fd=inside), 'ENOENT', 'EACCES')
        refused(lambda: os.rename('open/mine.md', 'taken', dst_dir_fd=inside), 'ENOENT', 'EACCES')
    assert os.listdir(inside) == ['deep.md']
    os.close(reader)
    os.close(inside)


def a_file_that_gets_a_hidden_name(free):
    descriptor = os.open('open/moved.md', os.O_RDWR)
    os.link(os.path.join(free, 'open/moved.md'), os.path.join(free, 'secret/second.md'))
    try:
        refused(lambda: os.stat('open/moved.md'), 'ENOENT')
        refused(lambda: os.pwrite(descriptor, b'x', 0), 'ENOENT')
    finally:
        os.unlink(os.path.join(free, 'secret/second.md'))
    assert os.stat('open/moved.md').st_nlink == 1
    os.close(descriptor)


def a_hidden_file_that_comes_into_sight(free):
    assert not os.path.exists('open/arrived.md')
    with Moved(free, 'top.md', 'open/arrived.md'):
        assert os.path.exists('open/arrived.md')
    assert not os.path.exists('open/arrived.md')


def a_name_that_appears_where_nothing_may_be_made(free):
    for _ in range(3):
        refused(lambda: os.mkdir('appears'), 'EACCES')
        os.mkdir(os.path.join(free, 'appears'))
        refused(lambda: os.mkdir('appears'), 'EACCES')
        refused(lambda: os.stat('appears'), 'ENOENT')
        os.rmdir(os.path.join(free, 'appears'))


turns = {
    name.replace('_', ' '): turn
    for name, turn in list(vars().items())
    if callable(turn) and name.startswith(('a_',))
}
