"""What one mount writes, another one reads as soon as the close has returned: plainly, from a warm cache, from a mapping.

Names that one changes are what the other sees as soon as the call has returned, and who stands in a directory stays there.
"""
import mmap
import os
import time

from daemon import Daemon
from names import Names

LARGEST = 40_000


def add_options(parser):
    parser.add_argument('--rounds', type=int, default=20_000)


class Reader:
    """One mount's view of the file: its descriptor and its mapping stay the same all the time."""

    def __init__(self, path):
        self.path = path
        self._descriptor = os.open(path, os.O_RDONLY)
        self._mapping = mmap.mmap(self._descriptor, LARGEST, prot=mmap.PROT_READ)

    def seen(self):
        with open(self.path, 'rb') as file:
            content = file.read()
        size = os.stat(self.path).st_size
        # Beyond the end a mapping may not be touched.
        return {
            'a plain read': content,
            'a warm descriptor': os.pread(self._descriptor, LARGEST + 1, 0),
            'a mapping': self._mapping[: min(size, len(content))],
            'the size': size,
        }


def write(path, content, number):
    """As `>` does, or over what is there."""
    with open(path, 'wb' if number % 2 else 'r+b') as file:
        file.write(content)
        file.truncate()


def rounds(daemon, count):
    daemon.start()
    daemon.create_store()
    mounts = [daemon.mount() for _ in range(2)]
    paths = [f'{mount}/file' for mount in mounts]
    names = Names(mounts)
    write(paths[0], b'x' * LARGEST, 1)
    readers = [Reader(path) for path in paths]
    stale = []
    for number in range(count):
        text = b'%d ' % number
        content = (text * LARGEST)[: 1 + number * 7919 % LARGEST]
        writer, reader = number % 2, readers[1 - number % 2]
        # What it caches before is what it must forget.
        reader.seen()
        write(paths[writer], content, number // 2)
        for way, seen in reader.seen().items():
            if seen != (len(content) if way == 'the size' else content):
                stale.append(f'round {number}: {way} is stale')
        stale += [f'round {number}: {wrong}' for wrong in names.round(number)]
    return stale


def run(options):
    daemon = Daemon()
    try:
        begin = time.monotonic()
        stale = rounds(daemon, options.rounds)
        print(f'{options.rounds} rounds, {len(stale)} stale, {time.monotonic() - begin:.1f} s')
        return stale
    finally:
        os.chdir('/')
        daemon.close()
