"""Processes on several mounts append lines to the same files, while engines are killed: none may be torn, lost or out of order."""
import collections
import mmap
import re
import threading
import time

from appenders import FORK, Writer, touch
from crashes import pids
from daemon import Daemon, kill

WHOLE = re.compile(rb'<([^ <>\n]+)\.(\d+) x*>\n')
NAME = re.compile(rb'<([^ <>\n]+)\.(\d+) ')


def add_options(parser):
    parser.add_argument('--lines', type=int, default=100_000)
    parser.add_argument('--processes', type=int, default=8)
    parser.add_argument('--mounts', type=int, default=2)
    parser.add_argument('--files', type=int, default=40)
    parser.add_argument('--kills', type=int, default=10, help='of the engine')
    parser.add_argument('--killed-writers', type=int, default=1)
    parser.add_argument('--seed', type=int, default=1)


class Lines:
    """What the files hold, against what was written."""

    def __init__(self, writers):
        self.problems = []
        self._writers = {writer.name.encode(): writer for writer in writers}
        self._seen = collections.defaultdict(list)

    def read(self, path, content):
        for start in [at.start() for at in re.finditer(b'<', content)]:
            whole = WHOLE.match(content, start)
            if whole is not None:
                self._seen[whole[1]].append(int(whole[2]))
            elif not self._is_cut_off(content, start):
                self.problems.append(f'{path}: torn at {start}: {content[start : start + 60]}')
        if content.count(b'\n') > content.count(b'<') or content[:1] not in (b'', b'<'):
            self.problems.append(f'{path}: bytes that no line begins with')

    def _is_cut_off(self, content, start):
        """The last line of a writer that was killed in the middle of it."""
        name = NAME.match(content, start)
        writer = None if name is None else self._writers.get(name[1])
        return writer is None or (writer.doomed and int(name[2]) >= writer.done.value)

    def settle(self):
        for name, writer in self._writers.items():
            counted = collections.Counter(self._seen[name])
            count = writer.done.value if writer.doomed else writer.count
            lost = [number for number in range(count) if number not in counted]
            twice = [number for number, times in counted.items() if times > 1]
            for kind, numbers in (('lost', lost), ('twice', twice)):
                if numbers:
                    self.problems.append(f'{name.decode()}: {len(numbers)} {kind}: {numbers[:10]}')


def in_order(path, content):
    """Lines of one writer stand in a file in the order in which it wrote them, unless processes shared its descriptor."""
    last = {}
    for match in WHOLE.finditer(content):
        if match[1].startswith(b'shared'):
            continue
        if int(match[2]) < last.get(match[1], -1):
            yield f'{path}: {match[1].decode()}.{match[2].decode()} stands behind a later line'
        last[match[1]] = int(match[2])


def compare(mounts, files, lines):
    """Every mount reads the same, also from its mappings."""
    for number in range(files):
        contents = {}
        for directory in mounts:
            try:
                with open(f'{directory}/{number}.md', 'rb') as file:
                    contents[directory] = file.read()
                    size = len(contents[directory])
                    if size > 0:
                        with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as mapping:
                            if mapping[:] != contents[directory]:
                                lines.problems.append(f'{directory}/{number}.md: its mapping is another')
            except FileNotFoundError:
                contents[directory] = b''
        if len(set(contents.values())) > 1:
            lines.problems.append(f'{number}.md is not the same on all mounts')
        content = contents[mounts[0]]
        lines.read(f'{number}.md', content)
        lines.problems.extend(in_order(f'{number}.md', content))


def kill_engines(daemon, kills, stop):
    for _ in range(kills):
        if stop.wait(1.0):
            return
        kill(pids(daemon)[1])
        daemon.wait_until_mounted()
        print('killed the engine')


def start_writers(options, mounts):
    writers = []
    share = options.lines // options.processes
    for number in range(options.processes):
        sharing = number % 4 == 3
        name = f'{"shared" if sharing else "writer"}-{number}'
        doomed = not sharing and number < options.killed_writers
        directory = mounts[number % len(mounts)]
        writers.append(Writer(name, directory, options.files, share, options.seed, doomed, sharing))
    return writers


def run(options):
    daemon = Daemon()
    processes = []
    try:
        daemon.start()
        daemon.create_store()
        mounts = [daemon.mount() for _ in range(options.mounts)]
        over, stop = FORK.Event(), threading.Event()
        begin = time.monotonic()
        writers = start_writers(options, mounts)
        readers = [FORK.Process(target=touch, args=(directory, options.files, over)) for directory in mounts]
        for reader in readers:
            reader.start()
        processes = [*readers, *(writer.process for writer in writers)]
        killer = threading.Thread(target=kill_engines, args=(daemon, options.kills, stop))
        killer.start()
        while any([writer.look() for writer in writers]):
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        stop.set()
        over.set()
        for each in [killer, *readers]:
            each.join()
        lines = Lines(writers)
        for writer in writers:
            if writer.process.exitcode != 0 and not writer.doomed:
                lines.problems.append(f'{writer.name} ended with {writer.process.exitcode}')
        compare(mounts, options.files, lines)
        lines.settle()
        written = sum(writer.done.value for writer in writers)
        print(f'{written} lines by {options.processes} processes on {options.mounts} mounts in {seconds:.0f} s')
        if not daemon.verify()['ok']:
            lines.problems.append('the journal does not verify')
        return lines.problems
    finally:
        for process in processes:
            process.kill()
        daemon.close()
