"""Processes that append lines, each line by one write(2), in all the ways in which programs do that."""
import concurrent.futures
import mmap
import multiprocessing
import os
import random
import time

FORK = multiprocessing.get_context('fork')
PAGE = 4096
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def line(writer, number, chance):
    """20 bytes to 30 KB, sometimes as long as whole pages, seldom longer than the largest WRITE (1 MiB)."""
    size = int(20 * 1500 ** chance.random())
    if chance.random() < 0.03:
        size = PAGE * chance.randrange(1, 5)
    if chance.random() < 0.0005:
        size = (1 << 20) + chance.randrange(1 << 20)
    head = b'<%s.%d ' % (writer.encode(), number)
    return head + b'x' * max(0, size - len(head) - 2) + b'>\n'


def place(directory, files, number, chance):
    """Half of the lines go to two files, where everybody meets; to other two each 250 lines."""
    meeting = (number // 250 * 2 + chance.randrange(2)) % files
    return f'{directory}/{meeting if chance.random() < 0.5 else chance.randrange(files)}.md'


def put(descriptor, text):
    if os.write(descriptor, text) != len(text):
        raise RuntimeError('a write that was not whole')


def opened_for_each(paths, lines):
    for text in lines:
        descriptor = os.open(next(paths), APPEND, 0o644)
        put(descriptor, text)
        os.close(descriptor)


def kept_open(paths, lines):
    descriptors = {}
    for number, text in enumerate(lines):
        path = next(paths)
        if path not in descriptors:
            descriptors[path] = os.open(path, APPEND, 0o644)
        put(descriptors[path], text)
        if number % 50 == 49:
            os.fsync(descriptors[path])
    for descriptor in descriptors.values():
        os.close(descriptor)


def duplicated(paths, lines):
    for text in lines:
        descriptor = os.open(next(paths), APPEND, 0o644)
        os.close(os.dup(descriptor))
        put(descriptor, text)
        os.close(os.dup(descriptor))
        os.close(descriptor)


def closed_by_another_thread(paths, lines):
    writer, closer = (concurrent.futures.ThreadPoolExecutor(1) for _ in range(2))
    for text in lines:
        descriptor = os.open(next(paths), APPEND, 0o644)
        writer.submit(put, descriptor, text).result()
        closer.submit(os.close, descriptor).result()


def past_the_page_cache(paths, lines):
    for text in lines:
        descriptor = os.open(next(paths), APPEND | os.O_DIRECT, 0o644)
        buffer = mmap.mmap(-1, len(text))
        buffer[:] = text
        put(descriptor, buffer)
        os.close(descriptor)


WAYS = [opened_for_each, opened_for_each, kept_open, duplicated, closed_by_another_thread, past_the_page_cache]


def work(writer, directory, files, count, seed, done):
    """One way for all lines of a process; `done` counts those whose write has returned."""
    chance = random.Random(f'{seed} {writer}')
    places = iter(lambda: place(directory, files, done.value, chance), None)

    def lines():
        for number in range(count):
            yield line(writer, number, chance)
            done.value = number + 1

    chance.choice(WAYS)(places, lines())


def share(writer, directory, files, count, seed, done):
    """Two children write to the descriptor of their parent; it is flushed whenever one of them closes its own."""
    chance = random.Random(f'{seed} {writer}')
    numbers = iter(range(count))
    for first in range(0, count, 20):
        descriptor = os.open(place(directory, files, first, chance), APPEND, 0o644)
        mine = [line(writer, next(numbers), chance) for _ in range(min(20, count - first))]
        children = [FORK.Process(target=spread, args=(descriptor, mine[part::2])) for part in range(2)]
        for child in children:
            child.start()
        os.close(descriptor)
        for child in children:
            child.join()
            if child.exitcode != 0:
                raise RuntimeError(f'a child ended with {child.exitcode}')
        done.value = first + len(mine)


def spread(descriptor, lines):
    for text in lines:
        put(descriptor, text)
        os.close(os.dup(descriptor))
    os.close(descriptor)


def touch(directory, files, stop):
    """Keeps pages in the kernel's cache, mapped and read, that must not be seen when they are old."""
    while not stop.is_set():
        for number in range(files):
            try:
                with open(f'{directory}/{number}.md', 'rb') as file:
                    size = os.fstat(file.fileno()).st_size
                    if size > 0:
                        with mmap.mmap(file.fileno(), size, prot=mmap.PROT_READ) as mapping:
                            sum(mapping[at] for at in range(max(0, size - 20 * PAGE), size, PAGE))
            except (FileNotFoundError, ValueError, IndexError):
                pass
            time.sleep(0.002)


class Writer:
    """A process that appends. One that is `doomed` is killed when it has written about half of its lines."""

    def __init__(self, name, directory, files, count, seed, doomed, sharing):
        self.name, self.count, self.doomed = name, count, doomed
        self.done = FORK.Value('q', 0, lock=False)
        arguments = (name, directory, files, count, seed, self.done)
        self.process = FORK.Process(target=share if sharing else work, args=arguments)
        self.process.start()

    def look(self):
        if self.doomed and self.done.value > self.count // 2:
            self.process.kill()
        return self.process.is_alive()
