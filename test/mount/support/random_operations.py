"""Random operations on files, compared with a model in memory: random_operations.py DIR SEED COUNT.

Every operation goes through one of several open descriptors or by path and is checked at once where it reads;
every file is compared whole from time to time and at the end. A mismatch prints the seed and the last
operations, and ends with status 1.
"""

import collections
import ctypes
import mmap
import os
import random
import sys

LARGEST = 300_000
FILES = 3
FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE = 1, 2
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


class Mismatch(Exception):
    pass


def expect(got, wanted, what):
    if got == wanted:
        return
    if isinstance(wanted, (bytes, bytearray)) and len(got) == len(wanted):
        place = next(index for index in range(len(wanted)) if got[index] != wanted[index])
        end = next(index for index in range(len(wanted), 0, -1) if got[index - 1] != wanted[index - 1])
        raise Mismatch(f'{what}: bytes {place} to {end} differ: {got[place:place + 16]!r} '
                       f'in place of {bytes(wanted[place:place + 16])!r}')
    length = len(wanted) if isinstance(wanted, (bytes, bytearray)) else wanted
    raise Mismatch(f'{what}: {len(got) if isinstance(got, bytes) else got} in place of {length}')


class Subject:
    """One file and what it must hold."""

    def __init__(self, source, path):
        self.random = source
        self.path = path
        self.model = bytearray()
        self.descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)

    def extent(self, room=LARGEST):
        offset = self.random.randrange(room)
        longest = self.random.choice((16, 5_000, 70_000))
        return offset, min(self.random.randrange(longest) + 1, room - offset)

    def inside(self):
        if not self.model:
            return 0, 0
        return self.extent(len(self.model))

    def store(self, offset, data):
        if offset > len(self.model):
            self.model.extend(bytes(offset - len(self.model)))
        self.model[offset:offset + len(data)] = data

    def resize(self, size):
        del self.model[size:]
        self.model.extend(bytes(size - len(self.model)))

    def write(self):
        offset, length = self.extent()
        data = self.random.randbytes(length)
        expect(os.pwrite(self.descriptor, data, offset), length, 'written')
        self.store(offset, data)
        return offset, length

    def write_after_end(self):
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        data = self.random.randbytes(self.random.randrange(2_000))
        if len(self.model) + len(data) <= LARGEST:
            os.write(descriptor, data)
            self.store(len(self.model), data)
        os.close(descriptor)
        return len(data)

    def read(self):
        offset, length = self.extent()
        expect(os.pread(self.descriptor, length, offset), self.model[offset:offset + length], 'read')
        return offset, length

    def read_again(self):
        descriptor = os.open(self.path, os.O_RDONLY)
        offset, length = self.inside()
        expect(os.pread(descriptor, length, offset), self.model[offset:offset + length], 'read by path')
        os.close(descriptor)
        return offset, length

    def truncate(self):
        size = self.random.choice((0, len(self.model) // 2, self.random.randrange(LARGEST)))
        if self.random.random() < 0.5:
            os.ftruncate(self.descriptor, size)
        else:
            os.truncate(self.path, size)
        self.resize(size)
        return size

    def punch(self):
        offset, length = self.extent()
        mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
        expect(libc.fallocate(self.descriptor, mode, offset, length), 0, 'punch')
        end = min(offset + length, len(self.model))
        if end > offset:
            self.model[offset:end] = bytes(end - offset)
        return offset, length

    def allocate(self):
        offset, length = self.extent()
        expect(libc.fallocate(self.descriptor, 0, offset, length), 0, 'allocate')
        self.resize(max(len(self.model), offset + length))
        return offset, length

    def map_read(self):
        offset, length = self.inside()
        if length:
            with mmap.mmap(self.descriptor, 0, access=mmap.ACCESS_READ) as mapping:
                expect(mapping[offset:offset + length], self.model[offset:offset + length], 'mapped read')
        return offset, length

    def map_write(self):
        offset, length = self.inside()
        if length:
            data = self.random.randbytes(length)
            with mmap.mmap(self.descriptor, 0) as mapping:
                mapping[offset:offset + length] = data
                if self.random.random() < 0.5:
                    mapping.flush()
            self.model[offset:offset + length] = data
        return offset, length

    def copy_within(self):
        offset, length = self.inside()
        target = self.random.randrange(LARGEST)
        length = min(length, LARGEST - target, abs(target - offset))
        done = 0
        while done < length:
            copied = os.copy_file_range(
                self.descriptor, self.descriptor, length - done, offset + done, target + done)
            if copied == 0:
                raise Mismatch(f'copied {done} of {length} bytes')
            done += copied
        if length:
            self.store(target, bytes(self.model[offset:offset + length]))
        return offset, target, length

    def sync(self):
        os.fsync(self.descriptor)

    def reopen(self):
        os.close(self.descriptor)
        self.descriptor = os.open(self.path, os.O_RDWR)

    def rename(self):
        os.rename(self.path, self.path + '.moved')
        if self.random.random() < 0.5:
            os.rename(self.path + '.moved', self.path)
        else:
            self.path += '.moved'
        if len(self.path) > 100:
            os.rename(self.path, self.path[:1])
            self.path = self.path[:1]

    def replace(self):
        """What editors do: another file with new content takes the name."""
        data = self.random.randbytes(self.random.randrange(20_000))
        other = self.path + self.random.choice(('.new', '.tmp'))
        with open(other, 'wb') as file:
            file.write(data)
        os.rename(other, self.path)
        return self.begin_again(data)

    def discard(self):
        """The file goes while it is being appended to, under its own name or as a temporary one."""
        other = self.path + self.random.choice(('', '.tmp'))
        os.rename(self.path, other)
        if self.random.random() < 0.5:
            with open(other, 'ab') as file:
                file.write(b'the last words')
            os.unlink(other)
        else:
            os.unlink(other)
            os.pwrite(self.descriptor, b'the last words', len(self.model))
        with open(self.path, 'xb'):
            pass
        return self.begin_again(b'')

    def begin_again(self, data):
        os.close(self.descriptor)
        self.descriptor = os.open(self.path, os.O_RDWR)
        self.model = bytearray(data)
        return len(data)

    def size(self):
        expect(os.fstat(self.descriptor).st_size, len(self.model), 'size')
        expect(os.stat(self.path).st_size, len(self.model), 'size by path')

    def holes(self):
        """What SEEK_DATA skips must be zeros."""
        if not self.model:
            return
        start = self.random.randrange(len(self.model))
        try:
            data = os.lseek(self.descriptor, start, os.SEEK_DATA)
        except OSError:
            data = len(self.model)
        expect(bytes(self.model[start:data]), bytes(data - start), 'hole')
        return start, data

    def whole(self):
        with open(self.path, 'rb') as file:
            expect(file.read(), bytes(self.model), 'whole content')


def copy_between(source, target):
    offset, length = source.inside()
    place = source.random.randrange(LARGEST)
    length = min(length, LARGEST - place)
    if length:
        copied = os.copy_file_range(source.descriptor, target.descriptor, length, offset, place)
        if not 0 < copied <= length:
            raise Mismatch(f'copied {copied} of {length} bytes')
        target.store(place, bytes(source.model[offset:offset + copied]))
    return offset, place, length


OPERATIONS = {
    'write': 8, 'read': 8, 'read_again': 4, 'write_after_end': 4, 'truncate': 3, 'punch': 2, 'allocate': 1,
    'map_read': 4, 'map_write': 4, 'copy_within': 2, 'sync': 1, 'reopen': 2, 'rename': 1, 'replace': 1, 'discard': 1,
    'size': 3, 'holes': 2, 'whole': 1,
}


def main(directory, seed, count):
    os.chdir(directory)
    source = random.Random(seed)
    subjects = [Subject(source, name) for name in 'abc'[:FILES]]
    last = collections.deque(maxlen=30)
    try:
        for number in range(count):
            subject = source.choice(subjects)
            name = source.choices(list(OPERATIONS), OPERATIONS.values())[0]
            last.append([number, subject.path[:1], name, 'under way'])
            last[-1][3] = getattr(subject, name)()
            if source.random() < 0.05:
                other = source.choice(subjects)
                if other is not subject:
                    last.append([number, subject.path[:1], 'copy to ' + other.path[:1], 'under way'])
                    last[-1][3] = copy_between(subject, other)
        for subject in subjects:
            subject.whole()
            os.close(subject.descriptor)
            subject.whole()
    except (Mismatch, OSError) as error:
        print(f'seed {seed}: {error!r}')
        for entry in last:
            print(*entry)
        sys.exit(1)
    print(f'seed {seed}: {count} operations, no mismatch')


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
