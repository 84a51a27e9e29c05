"""A disk with a cache that is lost with the power: what a recording leaves of a directory when it is cut somewhere."""
import os

SECTOR = 512
PAGE = 4096
# How the cut takes what was not synced. 'kept': only the process died. 'lost': all of it. 'prefix': what came after some
# moment. 'torn': the same, and a part of the write at that moment. 'files': of each file what came after a moment of its own.
# 'sectors': each sector is as it was at some moment since it was last synced.
MODES = ['kept', 'lost', 'prefix', 'torn', 'files', 'sectors']


class File:
    def __init__(self, content=b''):
        self.durable = bytearray(content)
        # (index, offset, bytes), or (index, size, None) for one that was cut or made longer
        self.pending = []
        # The pages as processes see them, once a sync has failed: no longer what is on the disk and pending.
        self.present = None

    def change(self, change):
        self.pending.append(change)
        if self.present is not None:
            apply(self.present, [change])

    def fail(self, before):
        """A sync has failed: what it was to write is in memory only, and no later sync writes it."""
        if self.present is None:
            self.present = apply(bytearray(self.durable), self.pending)
        self.pending = [change for change in self.pending if change[0] >= before]

    def sync(self, before):
        self.durable = apply(self.durable, [change for change in self.pending if change[0] < before])
        self.pending = [change for change in self.pending if change[0] >= before]


class Directory:
    def __init__(self):
        self.durable = {}
        self.present = {}


def apply(content, changes):
    for _, where, data in changes:
        if data is None:
            del content[where:]
            content.extend(bytes(where - len(content)))
        else:
            content.extend(bytes(max(0, where - len(content))))
            content[where : where + len(data)] = data
    return content


class Disk:
    def __init__(self, root):
        """Begins with what lies in the directory, all of it synced."""
        self._root = root
        self._index = 0
        self._by_inode = {}
        self._begun = {}
        # (index, [(directory, name, node or None)])
        self._pending = []
        self._top = self._load(root)

    def _load(self, path):
        if not os.path.isdir(path):
            with open(path, 'rb') as file:
                return File(file.read())
        directory = Directory()
        for name in os.listdir(path):
            if not name.endswith(('-shm', '.sock')) and not name.startswith('memfsd.log'):
                directory.durable[name] = self._load(f'{path}/{name}')
        directory.present = dict(directory.durable)
        return directory

    def _parent(self, path):
        """The directory that has the name, and the name."""
        *parents, name = path.removeprefix(self._root).strip('/').split('/')
        directory = self._top
        for parent in parents:
            directory = directory.present[parent]
        return directory, name

    def _node(self, path):
        if path == self._root:
            return self._top
        directory, name = self._parent(path)
        return directory.present[name]

    def _rename(self, *changes):
        self._pending.append((self._index, list(changes)))
        for directory, name, node in changes:
            if node is None:
                directory.present.pop(name, None)
            else:
                directory.present[name] = node

    def apply(self, kind, inode, number, path, data):
        self._index += 1
        if kind == 'C':
            node = self._by_inode[inode] = File()
            self._rename((*self._parent(path), node))
        elif kind == 'O':
            self._by_inode[inode] = self._node(path)
        elif kind == 'W':
            self._by_inode[inode].change((self._index, number, data))
        elif kind == 'T':
            self._by_inode[inode].change((self._index, number, None))
        elif kind == 'M':
            self._rename((*self._parent(path), Directory()))
        elif kind == 'U':
            self._rename((*self._parent(path), None))
        elif kind == 'R':
            self._rename((*self._parent(path), None), (*self._parent(data.decode()), self._node(path)))
        elif kind == 'B':
            self._begun[number] = self._index
        elif kind == 'F':
            self._by_inode[inode].fail(self._begun.pop(number))
        elif kind == 'E':
            begun = self._begun.pop(number)
            if path:
                self._sync_directory(self._node(path), begun)
            else:
                self._by_inode[inode].sync(begun)

    def _sync_directory(self, directory, before):
        left = []
        for index, changes in self._pending:
            if index < before and any(each is directory for each, _, _ in changes):
                for each, name, node in changes:
                    take(each.durable, name, node)
            else:
                left.append((index, changes))
        self._pending = left

    def cut(self, chance, mode, target):
        """Writes what is left when the power fails now to a new directory."""
        first = min([index for index, _ in self._pending] + [self._index - 1])
        moment = {'kept': self._index, 'lost': 0}.get(mode, chance.randint(max(first, self._index - 2000), self._index))
        entries = {}
        for index, changes in self._pending:
            if index <= moment:
                for directory, name, node in changes:
                    take(entries.setdefault(id(directory), dict(directory.durable)), name, node)
        self._write(self._top, entries, lambda file: content_after(file, chance, mode, moment, self._index), target)

    def _write(self, directory, entries, content_of, target):
        os.mkdir(target, 0o700)
        for name, node in entries.get(id(directory), directory.durable).items():
            if isinstance(node, Directory):
                self._write(node, entries, content_of, f'{target}/{name}')
            else:
                with open(os.open(f'{target}/{name}', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as file:
                    file.write(content_of(node))


def take(entries, name, node):
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def content_after(file, chance, mode, moment, now):
    if mode == 'kept' and file.present is not None:
        return file.present
    content = bytearray(file.durable)
    if mode == 'sectors':
        return by_sector(content, file.pending, chance)
    if mode == 'files':
        moment = chance.randint(file.pending[0][0] - 1, now) if file.pending else now
    kept = [change for change in file.pending if change[0] <= moment]
    if mode == 'torn' and kept and kept[-1][2]:
        index, offset, data = kept.pop()
        unit = chance.choice([SECTOR, PAGE])
        # Cut where a sector or page of the file ends; one that was written in order, or the other half only.
        middle = min(len(data), max(0, chance.randrange(offset, offset + len(data) + 1) // unit * unit - offset))
        kept.append((index, offset, data[:middle]) if chance.random() < 0.5 else (index, offset + middle, data[middle:]))
    return apply(content, kept)


def by_sector(content, pending, chance):
    unit = chance.choice([SECTOR, PAGE])
    sizes = [len(content)]
    for _, where, data in pending:
        sizes.append(where if data is None else max(sizes[-1], where + len(data)))
    longest = max(sizes)

    def sectors(number):
        """Those that the change touches, with the part of each."""
        _, where, data = pending[number - 1]
        end = longest if data is None else where + len(data)
        for sector in range(where // unit, -(-end // unit)):
            yield sector, max(where, sector * unit), min(end, (sector + 1) * unit)

    touching = {}
    for number in range(1, len(pending) + 1):
        for sector, _, _ in sectors(number):
            touching.setdefault(sector, [0]).append(number)
    last = {sector: chance.choice(numbers) for sector, numbers in touching.items()}
    content.extend(bytes(longest - len(content)))
    for number, (_, where, data) in enumerate(pending, 1):
        for sector, start, end in sectors(number):
            if number <= last[sector]:
                content[start:end] = bytes(end - start) if data is None else data[start - where : end - where]
    del content[chance.choice(sizes) :]
    return content
