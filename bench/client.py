"""Measures one directory: a JSON request a line on standard input, the nanoseconds of one row back.

usage: client.py DIR [--commit]

Python's os functions are thin wrappers of the system calls, so the client adds about a microsecond a call,
where an asynchronous runtime would add more than the file systems under test. With --commit every write is
followed by a git commit.
"""

import json
import os
import random
import subprocess
import sys
import time

KIB = 1024
BIG = 64 * KIB * KIB
BLOCK = 1024 * KIB
MEMORIES = 2000

base = sys.argv[1]
commits = '--commit' in sys.argv
random_source = random.Random(os.getpid())
serial = 0
sets = {}


def text(size):
    """Distinct content every time: a store that keeps equal content once would otherwise write nothing."""
    return random_source.randbytes(size // 2).hex().encode()


def directory(label):
    global serial
    serial += 1
    path = os.path.join(base, f'{label}-{serial}')
    os.mkdir(path)
    return path


def write(path, data, flags):
    descriptor = os.open(path, flags, 0o644)
    os.write(descriptor, data)
    os.close(descriptor)


def create(path, data):
    write(path, data, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def append(path, data):
    write(path, data, os.O_WRONLY | os.O_APPEND)


def read(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.read(descriptor, 64 * KIB)
    os.close(descriptor)


def commit(path):
    subprocess.run(['git', '-C', base, 'add', path], check=True)
    subprocess.run(['git', '-C', base, 'commit', '-q', '-m', 'write'], check=True)


def files(label, count, below=''):
    """A set of files that is made once and then kept for every round."""
    if label not in sets:
        parent = os.path.join(directory(label), below)
        os.makedirs(parent, exist_ok=True)
        sets[label] = [os.path.join(parent, f'memory-{index:05d}.md') for index in range(count)]
        for path in sets[label]:
            create(path, text(KIB))
    return sets[label]


def drop(what):
    """Documentation/admin-guide/sysctl/vm.rst: 2 frees dentries and inodes, 3 page cache as well."""
    os.sync()
    with open('/proc/sys/vm/drop_caches', 'w') as control:
        control.write(what)


def each(action, *arguments):
    start = time.perf_counter_ns()
    for values in zip(*arguments):
        action(*values)
    return time.perf_counter_ns() - start


def written(action, paths, contents):
    if not commits:
        return each(action, paths, contents)

    def action_and_commit(path, data):
        action(path, data)
        commit(path)

    return each(action_and_commit, paths, contents)


def row_create(count):
    parent = directory('create')
    paths = [os.path.join(parent, f'memory-{index:05d}.md') for index in range(count)]
    return written(create, paths, [text(KIB) for _ in paths])


def row_append(count):
    paths = files('append', count)
    return written(append, paths, [text(100) for _ in paths])


def row_stat_cold(count):
    paths = files('read', count)
    drop('2')
    return each(os.stat, paths)


def row_stat_warm(count):
    paths = files('read', count)
    each(os.stat, paths)
    return each(os.stat, paths)


def deep(count):
    return files('deep', count, '/'.join(f'level-{level}' for level in range(7)))


def row_stat_deep(count):
    paths = deep(count)
    each(os.stat, paths)
    return each(os.stat, paths)


def row_read_deep(count):
    paths = deep(count)
    each(read, paths)
    return each(read, paths)


def row_read_cold(count):
    paths = files('read', count)
    drop('3')
    return each(read, paths)


def row_read_warm(count):
    paths = files('read', count)
    each(read, paths)
    return each(read, paths)


def row_rename(count):
    paths = files('rename', count)
    moved = [path + '.moved' for path in paths]
    return each(os.rename, paths, moved) + each(os.rename, moved, paths)


def row_unlink(count):
    parent = directory('unlink')
    paths = [os.path.join(parent, f'memory-{index:05d}.md') for index in range(count)]
    for path in paths:
        create(path, text(KIB))
    return each(os.unlink, paths)


def grep():
    tree = os.path.dirname(files('tree', MEMORIES)[0])
    start = time.perf_counter_ns()
    status = subprocess.run(['grep', '-r', 'not a hexadecimal word', tree], stdout=subprocess.DEVNULL).returncode
    elapsed = time.perf_counter_ns() - start
    assert status == 1, f'grep ended with {status}'
    return elapsed


def row_grep_cold(_):
    files('tree', MEMORIES)
    drop('3')
    return grep()


def row_grep_warm(_):
    grep()
    return grep()


def row_write_big(_):
    block = [random_source.randbytes(BLOCK) for _ in range(BIG // BLOCK)]
    path = os.path.join(base, 'big')
    start = time.perf_counter_ns()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for data in block:
        assert os.write(descriptor, data) == BLOCK
    os.close(descriptor)
    return time.perf_counter_ns() - start


def read_big():
    buffer = bytearray(BLOCK)
    start = time.perf_counter_ns()
    descriptor = os.open(os.path.join(base, 'big'), os.O_RDONLY)
    total = 0
    while length := os.readv(descriptor, [buffer]):
        total += length
    os.close(descriptor)
    elapsed = time.perf_counter_ns() - start
    assert total == BIG, f'{total} bytes came back'
    return elapsed


def big():
    if not os.path.exists(os.path.join(base, 'big')):
        row_write_big(1)


def row_read_big_cold(_):
    big()
    drop('3')
    return read_big()


def row_read_big_warm(_):
    big()
    read_big()
    return read_big()


for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(globals()['row_' + request['row']](request['count'])), flush=True)
