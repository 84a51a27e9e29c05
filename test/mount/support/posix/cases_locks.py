"""flock(2) and fcntl(2) locks between processes. No case measures time: what it asserts holds however slow."""

import errno
import fcntl
import os
import signal
import struct
import time

from support import fails, get, put

PATIENCE = 0.1


class _Child:
    """A forked process that says one byte when it is ready and is told by another to go on."""

    def __init__(self, action):
        ready_reader, ready_writer = os.pipe()
        go_reader, go_writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(go_writer)
            status = 1
            try:
                action(lambda: os.write(ready_writer, b'.'), lambda: os.read(go_reader, 1))
                status = 0
            finally:
                os._exit(status)
        os.close(ready_writer)
        os.close(go_reader)
        self._ready, self._go = ready_reader, go_writer

    def wait_ready(self):
        assert os.read(self._ready, 1) == b'.', 'the child ended early'

    def go(self):
        os.write(self._go, b'.')

    def succeeded(self):
        return os.waitpid(self.pid, 0)[1] == 0


def _open():
    return os.open('lock', os.O_CREAT | os.O_RDWR)


def _flock(descriptor, operation):
    fcntl.flock(descriptor, operation)


def _record(descriptor, operation):
    fcntl.lockf(descriptor, operation)


def _refused_while_held(lock):
    def hold(ready, go):
        lock(_open(), fcntl.LOCK_EX)
        ready()
        go()

    holder = _Child(hold)
    holder.wait_ready()
    descriptor = _open()
    for operation in (fcntl.LOCK_EX, fcntl.LOCK_SH):
        with fails(errno.EAGAIN, errno.EACCES):
            lock(descriptor, operation | fcntl.LOCK_NB)
    holder.go()
    assert holder.succeeded()
    lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def flock_is_refused_while_held():
    _refused_while_held(_flock)


def record_lock_is_refused_while_held():
    _refused_while_held(_record)


def _waits(lock):
    """The holder writes just before it lets go: a waiter that was let in too early reads the old content."""
    put('content', b'old')
    descriptor = _open()
    lock(descriptor, fcntl.LOCK_EX)

    def wait(ready, _):
        mine = os.open('lock', os.O_RDWR)
        ready()
        lock(mine, fcntl.LOCK_EX)
        assert get('content') == b'new'

    waiters = [_Child(wait) for _ in range(3)]
    for waiter in waiters:
        waiter.wait_ready()
    time.sleep(PATIENCE)
    put('content', b'new')
    lock(descriptor, fcntl.LOCK_UN)
    assert all([waiter.succeeded() for waiter in waiters])


def flock_waits_for_its_turn():
    _waits(_flock)


def record_lock_waits_for_its_turn():
    _waits(_record)


def _passes_on_when_killed(lock):
    def hold(ready, go):
        lock(_open(), fcntl.LOCK_EX)
        ready()
        go()

    def wait(ready, _):
        mine = _open()
        ready()
        lock(mine, fcntl.LOCK_EX)

    holder = _Child(hold)
    holder.wait_ready()
    waiter = _Child(wait)
    waiter.wait_ready()
    time.sleep(PATIENCE)
    os.kill(holder.pid, signal.SIGKILL)
    assert waiter.succeeded() and not holder.succeeded()


def flock_passes_on_when_the_holder_is_killed():
    _passes_on_when_killed(_flock)


def record_lock_passes_on_when_the_holder_is_killed():
    _passes_on_when_killed(_record)


def _killed_waiter_leaves_no_trace(lock):
    descriptor = _open()
    lock(descriptor, fcntl.LOCK_EX)

    def wait(ready, _):
        mine = os.open('lock', os.O_RDWR)
        ready()
        lock(mine, fcntl.LOCK_EX)

    waiter = _Child(wait)
    waiter.wait_ready()
    time.sleep(PATIENCE)
    os.kill(waiter.pid, signal.SIGKILL)
    assert not waiter.succeeded()
    lock(descriptor, fcntl.LOCK_UN)

    def take(_ready, _go):
        lock(os.open('lock', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert _Child(take).succeeded()


def flock_waiter_that_is_killed_leaves_no_trace():
    _killed_waiter_leaves_no_trace(_flock)


def record_lock_waiter_that_is_killed_leaves_no_trace():
    _killed_waiter_leaves_no_trace(_record)


class _Interrupted(Exception):
    pass


def waiting_lock_is_interrupted_by_a_signal():
    descriptor = _open()
    _record(descriptor, fcntl.LOCK_EX)

    def wait(ready, _):
        def interrupt(*_):
            raise _Interrupted

        signal.signal(signal.SIGUSR1, interrupt)
        mine = os.open('lock', os.O_RDWR)
        try:
            ready()
            _record(mine, fcntl.LOCK_EX)
        except _Interrupted:
            return
        raise AssertionError('got a lock that another process holds')

    waiter = _Child(wait)
    waiter.wait_ready()
    time.sleep(PATIENCE)
    os.kill(waiter.pid, signal.SIGUSR1)
    assert waiter.succeeded()


def shared_locks_go_together():
    put('lock')
    for lock in (_flock, _record):
        def share(ready, go, lock=lock):
            lock(_open(), fcntl.LOCK_SH)
            ready()
            go()

        readers = [_Child(share) for _ in range(2)]
        for reader in readers:
            reader.wait_ready()
        with fails(errno.EAGAIN, errno.EACCES):
            lock(_open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        for reader in readers:
            reader.go()
        assert all([reader.succeeded() for reader in readers])


def record_locks_are_by_range():
    descriptor = _open()
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 100, 0)

    def try_it(_ready, _go):
        mine = os.open('lock', os.O_RDWR)
        fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 100, 100)
        with fails(errno.EAGAIN, errno.EACCES):
            fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 2, 99)

    assert _Child(try_it).succeeded()
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 10, 40)

    def try_the_gap(_ready, _go):
        mine = os.open('lock', os.O_RDWR)
        fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 40)
        for start in (39, 50):
            with fails(errno.EAGAIN, errno.EACCES):
                fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, start)

    assert _Child(try_the_gap).succeeded()


def record_lock_holder_is_named():
    descriptor = _open()
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 10, 5)
    holder = os.getpid()

    def ask(_ready, _go):
        request = struct.pack('hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = fcntl.fcntl(os.open('lock', os.O_RDWR), fcntl.F_GETLK, request)
        kind, _, start, length, pid = struct.unpack('hhqqi4x', answer)
        assert (kind, start, length, pid) == (fcntl.F_WRLCK, 5, 10, holder)

    assert _Child(ask).succeeded()


def record_locks_go_with_any_close_of_the_process():
    descriptor = _open()
    _record(descriptor, fcntl.LOCK_EX)
    os.close(os.open('lock', os.O_RDONLY))

    def take(_ready, _go):
        _record(os.open('lock', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert _Child(take).succeeded()


def flock_belongs_to_the_open_file():
    descriptor = _open()
    _flock(descriptor, fcntl.LOCK_EX)
    with fails(errno.EAGAIN):
        _flock(_open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    copy = os.dup(descriptor)
    os.close(descriptor)
    with fails(errno.EAGAIN):
        _flock(_open(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(copy)
    _flock(_open(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def flock_and_record_locks_are_independent():
    _flock(_open(), fcntl.LOCK_EX)

    def take(_ready, _go):
        _record(os.open('lock', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)

    assert _Child(take).succeeded()


def flock_upgrades_and_downgrades():
    descriptor = _open()
    _flock(descriptor, fcntl.LOCK_EX)
    _flock(descriptor, fcntl.LOCK_SH)
    other = _open()
    _flock(other, fcntl.LOCK_SH | fcntl.LOCK_NB)
    with fails(errno.EAGAIN):
        _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
    _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locked_counter_loses_no_increment():
    put('counter', b'0')
    for lock in (_flock, _record):
        def count(_ready, _go, lock=lock):
            for _ in range(25):
                descriptor = _open()
                lock(descriptor, fcntl.LOCK_EX)
                put('counter', b'%d' % (int(get('counter')) + 1))
                os.close(descriptor)

        assert all([child.succeeded() for child in [_Child(count) for _ in range(4)]])
    assert get('counter') == b'200'


def waiting_for_each_other_is_a_deadlock_error():
    put('lock', b'xx')
    descriptor = _open()
    fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, 0)

    def wait(ready, _):
        mine = os.open('lock', os.O_RDWR)
        fcntl.lockf(mine, fcntl.LOCK_EX, 1, 1)
        ready()
        fcntl.lockf(mine, fcntl.LOCK_EX, 1, 0)

    other = _Child(wait)
    other.wait_ready()
    time.sleep(PATIENCE)
    with fails(errno.EDEADLK):
        fcntl.lockf(descriptor, fcntl.LOCK_EX, 1, 1)
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, 0)
    assert other.succeeded()
