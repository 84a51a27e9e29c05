"""What a scope grants works, and what it hides is in no listing: assertions in the root of the scoped mount."""

import ctypes
import errno
import json
import os
import subprocess

from attempts import attributes, creations, opens
from cases import mine, visible
from support import AT_FDCWD, checked, fails, libc


class FileHandle(ctypes.Structure):
    """struct file_handle of an inode of FUSE."""

    _fields_ = [
        ('handle_bytes', ctypes.c_uint),
        ('handle_type', ctypes.c_int),
        ('node_high', ctypes.c_uint32),
        ('node_low', ctypes.c_uint32),
        ('generation', ctypes.c_uint32),
    ]


def only_what_is_granted_is_listed():
    for directory, names in visible.items():
        assert set(os.listdir(directory)) == names, (directory, os.listdir(directory))
        with os.scandir(directory) as entries:
            assert {entry.name for entry in entries} == names
    found = subprocess.run(['find', '.'], capture_output=True, text=True, check=True).stdout
    hidden = {'secret', 'hidden.md', 'linked.md', 'b.txt', 'other.md', 'by', 'top.md'}
    assert not hidden & {os.path.basename(path) for path in found.split('\n')}


def no_search_finds_it():
    found = subprocess.run(['grep', '-r', '-l', '', '.'], capture_output=True, text=True).stdout
    assert set(found.split()) == {
        './' + path
        for path in (
            mine,
            'open/moved.md',
            'open/both.md',
            'open/sub/deep.md',
            'shared/read.md',
            'shared/both.md',
            'shared/dir/x.md',
            'mixed/a.md',
            'caf\u00e9/a.md',
            'way/to/file.md',
        )
    }, found


def link_counts_do_not_tell_of_it():
    assert os.stat('.').st_nlink == 1 and os.stat('way').st_nlink == 1
    assert os.stat('open').st_nlink == 4


def what_is_granted_can_be_done():
    with open('open/new', 'w') as file:
        file.write('x')
    os.rename('open/new', 'open/sub/new')
    os.link('open/sub/new', 'open/second')
    os.chmod('open/second', 0o600)
    os.setxattr('open/second', 'user.x', b'1')
    os.unlink('open/second')
    os.unlink('open/sub/new')
    os.rename('open/sub', 'caf\u00e9/sub')
    os.rename('caf\u00e9/sub', 'open/sub')
    os.mkdir('open/d')
    os.rmdir('open/d')
    os.rmdir('spare')
    os.mkdir('spare')
    os.rename('mixed/a.md', 'open/a.md')
    os.rename('open/a.md', 'mixed/a.md')
    with open('way/to/file.md', 'r+') as file:
        file.write('way')


def tools_work_where_it_is_granted():
    subprocess.run(['sed', '-i', 's/mine/mine/', mine], check=True)
    subprocess.run(['sh', '-c', 'cat shared/read.md >> open/log && rm open/log'], check=True)


def the_control_tree_keeps_to_it():
    head = json.load(open('.memfs/status.json'))['head']['seq']
    for tree in ('history', f'at/{head}', 'blame'):
        for directory in ('.', 'open', 'way'):
            names = set(os.listdir(f'.memfs/{tree}/{directory}'))
            assert names <= visible[directory], (tree, directory, names)
        for path in ('top.md', 'secret', 'secret/hidden.md', 'open/linked.md', 'way/by/file.md', 'way/to/other.md'):
            assert not os.path.exists(f'.memfs/{tree}/{path}'), (tree, path)
    with open('.memfs/log.jsonl') as lines:
        for line in lines:
            record = json.loads(line)
            for path in filter(None, (record['path'], record['previous_path'])):
                assert not path.startswith(('/secret/', '/top.md', '/way/by', '/way/to/other')), record


def the_control_tree_is_not_written():
    for path in ('.memfs', '.memfs/status.json', '.memfs/log.jsonl', '.memfs/history/open', '.memfs/at'):
        for attempt in (*opens.values(), *attributes.values()):
            with fails(errno.EROFS, errno.EISDIR, errno.ENODATA):
                attempt(path)
    for attempt in creations.values():
        with fails(errno.EROFS, errno.EXDEV):
            attempt('.memfs/new')


def no_file_handle_reaches_it():
    """open_by_handle_at(2) takes a node id from whoever may read everything: root."""
    if os.geteuid() != 0:
        return
    handle = FileHandle(12)
    mount_id = ctypes.c_int()
    known = ctypes.byref(handle), ctypes.byref(mount_id)
    checked(libc.name_to_handle_at(AT_FDCWD, os.fsencode(mine), *known, 0))
    root = os.open('.', os.O_RDONLY)
    reached = set()
    for node in range(1, 200):
        handle.node_high, handle.node_low = 0, node
        try:
            descriptor = checked(libc.open_by_handle_at(root, ctypes.byref(handle), os.O_RDONLY))
        except OSError as error:
            assert error.errno in (errno.ESTALE, errno.ENOENT, errno.ELOOP), error
            continue
        reached.add(os.path.relpath(os.readlink(f'/proc/self/fd/{descriptor}')))
        os.close(descriptor)
    assert mine in reached
    assert not {path for path in reached if path.startswith(('secret', 'top.md', 'way/by'))}, reached


granted = [
    no_file_handle_reaches_it,
    the_control_tree_keeps_to_it,
    the_control_tree_is_not_written,
    only_what_is_granted_is_listed,
    no_search_finds_it,
    link_counts_do_not_tell_of_it,
    what_is_granted_can_be_done,
    tools_work_where_it_is_granted,
]
