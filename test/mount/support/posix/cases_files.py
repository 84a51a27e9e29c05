"""Opening, reading, writing and resizing files."""

import errno
import fcntl
import mmap
import os
import resource
import signal
import subprocess

from support import as_user, fails, get, put, root_only


def _shell(script):
    subprocess.run(['sh', '-c', script], check=True)


def redirection_truncates():
    _shell('echo a longer line > f; echo two > f')
    assert get('f') == b'two\n'


def redirection_appends():
    _shell('for i in 1 2 3 4 5; do echo $i >> f; done')
    assert get('f') == b'1\n2\n3\n4\n5\n'


def redirection_shared_by_two_commands():
    _shell('{ echo a; sh -c "echo b"; echo c; } > f')
    assert get('f') == b'a\nb\nc\n'


def redirection_read_write_keeps_the_rest():
    put('f', b'hello world')
    _shell("exec 3<>f; head -c 6 <&3 >/dev/null; exec 3>&-; printf HELLO 1<>f")
    assert get('f') == b'HELLO world'


def noclobber_refuses():
    put('f', b'old')
    assert subprocess.run(['sh', '-c', 'set -C; echo new > f'], stderr=subprocess.DEVNULL).returncode != 0
    assert get('f') == b'old'


def exclusive_create_refuses_existing():
    put('f')
    os.symlink('nowhere', 'dangling')
    for name in ('f', 'dangling'):
        with fails(errno.EEXIST):
            os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    assert not os.path.exists('nowhere')


def create_through_dangling_symlink():
    os.symlink('target', 'link')
    put('link', b'x')
    assert get('target') == b'x'


def create_applies_umask():
    os.umask(0o027)
    os.close(os.open('f', os.O_CREAT | os.O_WRONLY, 0o666))
    assert os.stat('f').st_mode & 0o7777 == 0o640


def create_with_mode_0_is_writable_by_its_descriptor():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR, 0)
    assert os.write(descriptor, b'x') == 1
    assert os.pread(descriptor, 2, 0) == b'x'


def append_writes_at_the_end():
    put('f', b'base')
    descriptor = os.open('f', os.O_RDWR | os.O_APPEND)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, b'+1')
    os.truncate('f', 2)
    os.write(descriptor, b'+2')
    os.close(descriptor)
    assert get('f') == b'ba+2'


def append_of_two_descriptors_interleaves():
    one = os.open('f', os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    two = os.open('f', os.O_WRONLY | os.O_APPEND)
    for descriptor, data in ((one, b'1'), (two, b'2'), (one, b'3'), (two, b'4')):
        os.write(descriptor, data)
    assert get('f') == b'1234'


def append_flag_may_be_set_and_cleared_later():
    put('f', b'base')
    descriptor = os.open('f', os.O_RDWR)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)
    os.write(descriptor, b'+')
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_APPEND)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, b'B')
    assert get('f') == b'Base+'


def append_by_many_processes_loses_nothing():
    put('f')
    children = []
    for worker in range(4):
        child = os.fork()
        if child == 0:
            descriptor = os.open('f', os.O_WRONLY | os.O_APPEND)
            for number in range(100):
                os.write(descriptor, f'{worker}-{number}\n'.encode())
            os.close(descriptor)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert sorted(get('f').split()) == sorted(f'{w}-{n}'.encode() for w in range(4) for n in range(100))


def written_bytes_are_seen_before_close():
    writer = os.open('f', os.O_CREAT | os.O_WRONLY)
    reader = os.open('f', os.O_RDONLY)
    os.write(writer, b'abc')
    assert os.read(reader, 9) == b'abc'
    assert os.stat('f').st_size == 3
    os.pwrite(writer, b'XY', 1)
    assert os.pread(reader, 9, 0) == b'aXY'


def positioned_write_leaves_a_gap_of_zeros():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.pwrite(descriptor, b'end', 100_000)
    os.close(descriptor)
    content = get('f')
    assert len(content) == 100_003 and content[:100_000] == bytes(100_000) and content[-3:] == b'end'


def vectored_write_and_read():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    assert os.writev(descriptor, [b'ab', b'', b'cde']) == 5
    parts = [bytearray(3), bytearray(9)]
    assert os.preadv(descriptor, parts, 0) == 5
    assert bytes(parts[0]) == b'abc' and bytes(parts[1][:2]) == b'de'


def read_past_the_end_is_empty():
    put('f', b'abc')
    descriptor = os.open('f', os.O_RDONLY)
    assert os.pread(descriptor, 10, 3) == b'' and os.pread(descriptor, 10, 1 << 40) == b''


def any_bytes_survive():
    content = bytes(range(256)) * 33 + b'\r\n\0\xff\xfe'
    put('f', content)
    assert get('f') == content


def large_file_round_trip():
    content = os.urandom(5_000_001)
    put('f', content)
    assert get('f') == content and os.stat('f').st_size == len(content)


def small_writes_at_odd_offsets():
    expected = bytearray(50_000)
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    for step in range(500):
        offset, data = (step * 7919) % 49_000, bytes([step % 251]) * (step % 97 + 1)
        os.pwrite(descriptor, data, offset)
        expected[offset:offset + len(data)] = data
    os.close(descriptor)
    os.truncate('f', 50_000)
    assert get('f') == bytes(expected)


def truncate_shrinks_and_grows_with_zeros():
    put('f', b'0123456789')
    os.truncate('f', 4)
    assert get('f') == b'0123'
    os.truncate('f', 8)
    assert get('f') == b'0123\0\0\0\0'
    os.truncate('f', 0)
    assert get('f') == b''


def truncate_inside_a_page_forgets_the_tail():
    put('f', b'x' * 10_000)
    os.truncate('f', 5_000)
    os.truncate('f', 10_000)
    assert get('f') == b'x' * 5_000 + bytes(5_000)


def ftruncate_of_an_open_file():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b'abcdef')
    os.ftruncate(descriptor, 3)
    assert os.fstat(descriptor).st_size == 3
    os.write(descriptor, b'!')
    assert get('f') == b'abc\0\0\0!'


def truncate_errors():
    os.mkdir('d')
    put('f')
    with fails(errno.EISDIR):
        os.truncate('d', 0)
    with fails(errno.EINVAL):
        os.truncate('f', -1)
    with fails(errno.ENOENT):
        os.truncate('absent', 0)
    with fails(errno.EINVAL, errno.EBADF):
        os.ftruncate(os.open('f', os.O_RDONLY), 1)


def open_with_truncate_empties():
    put('f', b'content')
    os.close(os.open('f', os.O_WRONLY | os.O_TRUNC))
    assert os.stat('f').st_size == 0 and get('f') == b''


def open_errors():
    os.mkdir('d')
    put('f')
    for path, flags, code in (
        ('absent', os.O_RDONLY, errno.ENOENT),
        ('d', os.O_WRONLY, errno.EISDIR),
        ('f', os.O_RDONLY | os.O_DIRECTORY, errno.ENOTDIR),
        ('f/x', os.O_RDONLY, errno.ENOTDIR),
        ('absent/x', os.O_CREAT | os.O_WRONLY, errno.ENOENT),
    ):
        with fails(code):
            os.open(path, flags)


def open_nofollow_refuses_a_symlink():
    put('f')
    os.symlink('f', 'link')
    with fails(errno.ELOOP):
        os.open('link', os.O_RDONLY | os.O_NOFOLLOW)


def wrong_direction_is_ebadf():
    put('f', b'x')
    with fails(errno.EBADF):
        os.write(os.open('f', os.O_RDONLY), b'y')
    with fails(errno.EBADF):
        os.read(os.open('f', os.O_WRONLY), 1)


def unlinked_file_stays_usable():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b'before')
    os.unlink('f')
    assert os.listdir('.') == []
    os.write(descriptor, b' after')
    assert os.pread(descriptor, 99, 0) == b'before after'
    assert os.fstat(descriptor).st_nlink == 0 and os.fstat(descriptor).st_size == 12
    put('f', b'another')
    assert os.pread(descriptor, 99, 0) == b'before after' and get('f') == b'another'


def descriptor_reopens_through_proc():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b'kept')
    os.rename('f', 'g')
    assert os.readlink(f'/proc/self/fd/{descriptor}') == os.path.join(os.getcwd(), 'g')
    assert get(f'/proc/self/fd/{descriptor}') == b'kept'


def file_size_limit_is_efbig():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    descriptor = os.open('f', os.O_CREAT | os.O_WRONLY)
    assert os.write(descriptor, b'x' * 12_000) == 10_000
    with fails(errno.EFBIG):
        os.write(descriptor, b'x')
    assert os.stat('f').st_size == 10_000


def fsync_and_fdatasync_of_files_and_directories():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    os.write(descriptor, b'synced')
    os.fdatasync(descriptor)
    os.write(descriptor, b' twice')
    os.fsync(descriptor)
    directory = os.open('.', os.O_RDONLY)
    os.fsync(directory)
    assert get('f') == b'synced twice'


def synchronous_writes():
    descriptor = os.open('f', os.O_CREAT | os.O_WRONLY | os.O_SYNC)
    for number in range(5):
        os.write(descriptor, b'%d' % number)
    assert get('f') == b'01234'


def direct_io_reads_what_was_written():
    put('f', b'd' * 8192)
    with open('f', 'rb', buffering=0, opener=lambda path, flags: os.open(path, flags | os.O_DIRECT)) as file:
        aligned = mmap.mmap(-1, 8192)
        assert file.readinto(aligned) == 8192
        assert bytes(aligned) == b'd' * 8192


def duplicate_descriptors_share_the_offset():
    descriptor = os.open('f', os.O_CREAT | os.O_RDWR)
    other = os.dup(descriptor)
    os.write(descriptor, b'ab')
    os.write(other, b'cd')
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 4
    os.close(other)
    os.write(descriptor, b'ef')
    assert get('f') == b'abcdef'


def execute_from_the_mount():
    put('script', b'#!/bin/sh\necho ran "$1"\n')
    with fails(errno.EACCES):
        subprocess.run(['./script'])
    os.chmod('script', 0o755)
    assert subprocess.run(['./script', 'it'], stdout=subprocess.PIPE).stdout == b'ran it\n'


def execute_a_binary_and_refuse_to_write_it():
    with open('/bin/sleep', 'rb') as source:
        put('program', source.read())
    os.chmod('program', 0o755)
    process = subprocess.Popen(['./program', '30'])
    with fails(errno.ETXTBSY):
        os.open('program', os.O_WRONLY)
    process.kill()
    process.wait()
    os.close(os.open('program', os.O_WRONLY))


def statvfs_is_plausible():
    numbers = os.statvfs('.')
    assert numbers.f_namemax == 255 and numbers.f_bsize > 0 and numbers.f_blocks >= numbers.f_bfree > 0


@root_only
def write_by_another_user_clears_set_id_bits():
    put('f', b'x')
    os.chmod('f', 0o6777)
    as_user(1234, lambda: put('f', b'y'))
    assert os.stat('f').st_mode & 0o7777 == 0o777
