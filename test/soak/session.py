"""Becoming another session without starting another program."""
import os

NAME = b'MEMFSD_SESSION='
LENGTH = len('sesn_00000')


def name_of(number):
    return f'sesn_{number:05}'


def become(session):
    """Writes the name over the one in the environment that this process began with, where /proc shows it."""
    assert len(session) == LENGTH
    with open('/proc/self/stat', encoding='latin1') as stat:
        fields = stat.read().rpartition(')')[2].split()
    start, end = int(fields[47]), int(fields[48])
    with open('/proc/self/mem', 'r+b', buffering=0) as memory:
        memory.seek(start)
        at = memory.read(end - start).index(NAME) + len(NAME)
        memory.seek(start + at)
        memory.write(session.encode())


def as_session(session, work):
    """Runs `work` in a child that claims to be of the session."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            become(session)
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise RuntimeError(f'{session} ended with {status}')
