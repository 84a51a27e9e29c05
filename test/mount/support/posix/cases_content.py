"""Mappings, holes, ranges copied by the kernel, and databases on top of them."""

import errno
import mmap
import os
import sqlite3

from support import (
    FALLOC_FL_COLLAPSE_RANGE,
    FALLOC_FL_KEEP_SIZE,
    FALLOC_FL_PUNCH_HOLE,
    FALLOC_FL_ZERO_RANGE,
    fails,
    fallocate,
    get,
    put,
)

PAGE = 4096
BLOCK = 65536


def _open(content):
    put('f', content)
    return os.open('f', os.O_RDWR)


def shared_mapping_writes_the_file():
    descriptor = _open(b'x' * 10_000)
    with mmap.mmap(descriptor, 0) as mapping:
        mapping[5_000:5_005] = b'hello'
        mapping.flush()
        assert os.pread(descriptor, 5, 5_000) == b'hello'
    os.close(descriptor)
    assert get('f') == b'x' * 5_000 + b'hello' + b'x' * 4_995


def shared_mapping_written_without_msync():
    descriptor = _open(bytes(PAGE * 3))
    mapping = mmap.mmap(descriptor, 0)
    os.close(descriptor)
    mapping[PAGE + 7:PAGE + 10] = b'abc'
    mapping.close()
    assert get('f')[PAGE + 7:PAGE + 10] == b'abc'


def mapping_and_write_see_each_other():
    descriptor = _open(b'0' * PAGE)
    with mmap.mmap(descriptor, 0) as mapping:
        os.pwrite(descriptor, b'written', 10)
        assert mapping[10:17] == b'written'
        mapping[20:26] = b'mapped'
        assert os.pread(descriptor, 6, 20) == b'mapped'


def two_processes_share_a_mapping():
    descriptor = _open(bytes(PAGE))
    with mmap.mmap(descriptor, 0) as mapping:
        child = os.fork()
        if child == 0:
            with mmap.mmap(os.open('f', os.O_RDWR), 0) as other:
                other[:5] = b'child'
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert mapping[:5] == b'child'


def private_mapping_leaves_the_file_alone():
    descriptor = _open(b'original')
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY) as mapping:
        mapping[:4] = b'copy'
        assert mapping[:] == b'copyinal'
    assert get('f') == b'original'


def mapping_ends_with_zeros_after_truncation():
    descriptor = _open(b'x' * PAGE)
    with mmap.mmap(descriptor, PAGE) as mapping:
        os.ftruncate(descriptor, 3)
        assert mapping[:] == b'xxx' + bytes(PAGE - 3)


def bytes_mapped_past_the_end_are_not_kept():
    descriptor = _open(b'x' * PAGE)
    with mmap.mmap(descriptor, PAGE) as mapping:
        os.ftruncate(descriptor, 3)
        mapping[3:6] = b'yyy'
        mapping.flush()
    os.ftruncate(descriptor, 6)
    assert os.pread(descriptor, 9, 0) == b'xxx\0\0\0'


def mapping_of_a_file_unlinked_meanwhile():
    descriptor = _open(b'kept' + bytes(PAGE - 4))
    with mmap.mmap(descriptor, 0) as mapping:
        os.close(descriptor)
        os.unlink('f')
        mapping[4:8] = b'here'
        mapping.flush()
        assert mapping[:8] == b'kepthere'


def mapping_after_growth():
    descriptor = _open(b'a' * PAGE)
    os.ftruncate(descriptor, 3 * PAGE)
    with mmap.mmap(descriptor, 0) as mapping:
        assert len(mapping) == 3 * PAGE and mapping[PAGE:] == bytes(2 * PAGE)
        mapping[-1:] = b'z'
    assert get('f')[-1:] == b'z'


def fallocate_grows_with_zeros():
    descriptor = _open(b'abc')
    fallocate(descriptor, 0, 0, 10_000)
    assert get('f') == b'abc' + bytes(9_997)


def fallocate_keep_size():
    descriptor = _open(b'abc')
    fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, 10_000)
    assert get('f') == b'abc'


def posix_fallocate_is_enough_for_writes():
    descriptor = _open(b'')
    os.posix_fallocate(descriptor, 1_000, 9_000)
    assert os.fstat(descriptor).st_size == 10_000
    with fails(errno.EINVAL):
        os.posix_fallocate(descriptor, 0, 0)


def punched_hole_reads_as_zeros():
    descriptor = _open(b'x' * 4 * BLOCK)
    fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, BLOCK + 1, BLOCK)
    assert get('f') == b'x' * (BLOCK + 1) + bytes(BLOCK) + b'x' * (2 * BLOCK - 1)


def punching_past_the_end_keeps_the_size():
    descriptor = _open(b'x' * 100)
    fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 50, 1_000_000)
    assert get('f') == b'x' * 50 + bytes(50)
    with fails(errno.EOPNOTSUPP, errno.EINVAL):
        fallocate(descriptor, FALLOC_FL_PUNCH_HOLE, 0, 10)


def zero_range_clears_or_refuses():
    descriptor = _open(b'x' * 100)
    try:
        fallocate(descriptor, FALLOC_FL_ZERO_RANGE, 10, 20)
        assert get('f') == b'x' * 10 + bytes(20) + b'x' * 70
    except OSError as error:
        assert error.errno == errno.EOPNOTSUPP and get('f') == b'x' * 100


def collapse_range_moves_or_refuses():
    content = os.urandom(3 * BLOCK)
    descriptor = _open(content)
    try:
        fallocate(descriptor, FALLOC_FL_COLLAPSE_RANGE, BLOCK, BLOCK)
        assert get('f') == content[:BLOCK] + content[2 * BLOCK:]
    except OSError as error:
        assert error.errno in (errno.EOPNOTSUPP, errno.EINVAL) and get('f') == content


def seek_data_and_hole_agree_with_the_content():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.ftruncate(descriptor, 1 << 20)
    os.pwrite(descriptor, b'data', 512 * 1024)
    os.fsync(descriptor)
    start = os.lseek(descriptor, 0, os.SEEK_DATA)
    end = os.lseek(descriptor, start, os.SEEK_HOLE)
    assert start <= 512 * 1024 < end <= 1 << 20
    assert os.pread(descriptor, start, 0) == bytes(start)
    assert os.lseek(descriptor, 0, os.SEEK_HOLE) in (0, end)


def seek_past_the_end_is_enxio():
    descriptor = _open(b'abc')
    assert os.lseek(descriptor, 0, os.SEEK_HOLE) == 3
    assert os.lseek(descriptor, 1, os.SEEK_DATA) == 1
    for whence in (os.SEEK_DATA, os.SEEK_HOLE):
        with fails(errno.ENXIO):
            os.lseek(descriptor, 3, whence)


def seek_beyond_and_before():
    descriptor = _open(b'abc')
    assert os.lseek(descriptor, 10, os.SEEK_END) == 13
    assert os.read(descriptor, 1) == b''
    with fails(errno.EINVAL):
        os.lseek(descriptor, -1, os.SEEK_SET)
    os.write(descriptor, b'!')
    assert get('f') == b'abc' + bytes(10) + b'!'


def sparse_files_take_few_blocks():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.ftruncate(descriptor, 32 << 20)
    os.pwrite(descriptor, b'end', (32 << 20) - 3)
    os.close(descriptor)
    assert os.stat('f').st_blocks * 512 < 16 << 20
    put('g', os.urandom(1 << 20))
    os.sync()
    assert os.stat('g').st_blocks * 512 >= 1 << 20


def copy_file_range_between_files():
    content = os.urandom(300_000)
    source = _open(content)
    target = os.open('g', os.O_CREAT | os.O_RDWR)
    copied = 0
    while copied < len(content):
        copied += os.copy_file_range(source, target, len(content) - copied)
    assert get('g') == content
    assert os.copy_file_range(source, target, 10) == 0


def copy_file_range_at_offsets():
    source = _open(b'0123456789')
    target = os.open('g', os.O_CREAT | os.O_RDWR)
    assert os.copy_file_range(source, target, 4, 3, 5) == 4
    assert get('g') == bytes(5) + b'3456'


def copy_file_range_within_one_file():
    descriptor = _open(b'abcdefgh')
    assert os.copy_file_range(descriptor, descriptor, 3, 0, 5) == 3
    assert get('f') == b'abcdeabc'
    with fails(errno.EINVAL):
        os.copy_file_range(descriptor, descriptor, 4, 0, 2)


def copy_file_range_of_unflushed_bytes():
    source = os.open('f', os.O_CREAT | os.O_RDWR)
    os.write(source, b'not yet closed')
    target = os.open('g', os.O_CREAT | os.O_RDWR)
    assert os.copy_file_range(source, target, 99, 0) == 14
    assert get('g') == b'not yet closed'


def sendfile_copies():
    content = os.urandom(200_000)
    source = _open(content)
    target = os.open('g', os.O_CREAT | os.O_WRONLY)
    sent = 0
    while sent < len(content):
        sent += os.sendfile(target, source, sent, len(content) - sent)
    assert get('g') == content


def splice_through_a_pipe():
    source = _open(b'spliced content')
    target = os.open('g', os.O_CREAT | os.O_WRONLY)
    reader, writer = os.pipe()
    assert os.splice(source, writer, 15) == 15
    assert os.splice(reader, target, 15) == 15
    assert get('g') == b'spliced content'


def database_with_rollback_journal():
    database = sqlite3.connect('data.db')
    database.execute('create table t (a integer primary key, b text)')
    for number in range(20):
        with database:
            database.execute('insert into t (b) values (?)', (f'row {number}' * 50,))
    database.close()
    database = sqlite3.connect('data.db')
    assert database.execute('select count(*) from t').fetchone() == (20,)
    assert database.execute('pragma integrity_check').fetchone() == ('ok',)
    assert os.listdir('.') == ['data.db']


def database_with_write_ahead_log():
    database = sqlite3.connect('data.db')
    assert database.execute('pragma journal_mode=wal').fetchone() == ('wal',)
    database.execute('create table t (a)')
    other = sqlite3.connect('data.db')
    with database:
        database.execute('insert into t values (1)')
    assert other.execute('select a from t').fetchall() == [(1,)]
    other.close()
    database.close()
    assert os.listdir('.') == ['data.db']
