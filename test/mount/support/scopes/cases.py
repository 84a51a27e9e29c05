"""What a hostile client tries in a mount with a scope: (mount, name, attempt, errors any of which is right).

`read_only` and `scoped` are mounts of the store that `build` fills; an attempt runs in the root of one of them.
"""

import errno
import os

from attempts import attributes, creations, descriptors, mine, names, opens, temporary
from support import RENAME_EXCHANGE, RENAME_NOREPLACE, renameat2

rules = (
    'open/**=rw',
    'shared/**=ro',
    'mixed=rw',
    'mixed/*.md=rw',
    'spare=rw',
    'spare/*.md=rw',
    'caf\u00e9/**=rw',
    'way/to/file.md=rw',
)

links = (
    ('to-hidden', '../secret/hidden.md'),
    ('to-secret', '../secret'),
    ('to-top', '../top.md'),
    ('to-nothing', '../nothing'),
    ('to-shared', '../shared/read.md'),
    ('to-root', '..'),
)

READER = 'EBADF', 'EINVAL', 'EACCES'
IOCTL = 'ENOTTY', 'EROFS', 'EACCES', 'EPERM', 'EBADF', 'EOPNOTSUPP'


def put(path, content):
    with open(path, 'w') as file:
        file.write(content)
    os.setxattr(path, 'user.kept', b'1')


def build():
    """In the root of an unrestricted mount."""
    for directory in (
        'open/sub',
        'open/empty',
        'shared/dir',
        'secret/dir',
        'mixed',
        'spare',
        'caf\u00e9',
        'way/to',
        'way/by',
    ):
        os.makedirs(directory)
    for path in (
        mine,
        'open/sub/deep.md',
        'open/moved.md',
        'shared/read.md',
        'shared/both.md',
        'shared/dir/x.md',
        'secret/hidden.md',
        'secret/linked.md',
        'secret/dir/x.md',
        'mixed/a.md',
        'mixed/b.txt',
        'caf\u00e9/a.md',
        'way/to/file.md',
        'way/to/other.md',
        'way/by/file.md',
        'top.md',
    ):
        put(path, path)
    os.link('secret/linked.md', 'open/linked.md')
    os.link('shared/both.md', 'open/both.md')
    for name, target in links:
        os.symlink(target, 'open/' + name)


visible = {
    'open': {'mine.md', 'moved.md', 'both.md', 'sub', 'empty', *(name for name, _ in links)},
    'open/sub': {'deep.md'},
    'shared': {'read.md', 'both.md', 'dir'},
    'mixed': {'a.md'},
    'way': {'to'},
    'way/to': {'file.md'},
    '.': {'open', 'shared', 'mixed', 'spare', 'caf\u00e9', 'way'},
}

cases = []


def case(mount, name, attempt, *expected):
    cases.append((mount, name, attempt, expected))


def each(mount, attempts, path, where, *expected):
    for name, attempt in attempts.items():
        case(mount, f'{name}: {where}', lambda attempt=attempt: attempt(path), *expected)


def reads(path):
    def attempt():
        with open(path, 'rb') as file:
            file.read()

    return attempt


# Everything is granted for reading, nothing for writing.
for attempts in (opens, attributes):
    each('read_only', attempts, 'open/mine.md', 'a file', 'EROFS')
    each('read_only', attempts, 'open/sub/deep.md', 'a file below', 'EROFS')
each('read_only', attributes, 'open', 'a directory', 'EROFS')
each('read_only', names, 'shared/read.md', 'a file', 'EROFS')
each('read_only', creations, 'new', 'a free name', 'EROFS')
case('read_only', 'O_TMPFILE', lambda: temporary('open'), 'EROFS')
case('read_only', 'rmdir', lambda: os.rmdir('open/empty'), 'EROFS')
for name, attempt in descriptors.items():
    expected = IOCTL if name.startswith('ioctl') else (*READER, 'EROFS')
    case('read_only', f'{name}: a file', lambda attempt=attempt: attempt(mine), *expected)

# Granted for reading.
for attempts in (opens, attributes):
    each('scoped', attempts, 'shared/read.md', 'read only', 'EROFS')
each('scoped', attributes, 'shared/dir', 'a read-only directory', *('EROFS', 'ENODATA'))
for name, attempt in names.items():
    expected = 'EXDEV' if name.startswith('link') else 'EROFS'
    case('scoped', f'{name}: read only', lambda attempt=attempt: attempt('shared/read.md'), expected)
for name, attempt in descriptors.items():
    expected = IOCTL if name.startswith('ioctl') else (*READER, 'EROFS')
    case('scoped', f'{name}: read only', lambda attempt=attempt: attempt('shared/read.md'), *expected)
each('scoped', creations, 'shared/new', 'in a read-only directory', 'EROFS')
case('scoped', 'O_TMPFILE: in a read-only directory', lambda: temporary('shared'), 'EROFS')
case('scoped', 'rmdir: read only', lambda: os.rmdir('shared/dir'), 'EROFS')
case('scoped', 'rename of a read-only directory', lambda: os.rename('shared/dir', 'open/dir'), 'EROFS')
case(
    'scoped',
    'exchange with a read-only directory',
    lambda: renameat2('open/sub', 'shared/dir', RENAME_EXCHANGE),
    'EROFS',
)

# Hidden: not there.
for attempts in (opens, attributes, names, descriptors):
    for path, where in (('top.md', 'hidden'), ('secret/hidden.md', 'hidden below')):
        for name, attempt in attempts.items():
            is_new_name = name == 'rename over it' and path == 'top.md'
            expected = 'EACCES' if is_new_name else 'ENOENT'
            case('scoped', f'{name}: {where}', lambda a=attempt, p=path: a(p), expected)
for action in (os.stat, os.listdir, os.chdir, os.rmdir, os.readlink):
    case('scoped', f'{action.__name__}: hidden', lambda action=action: action('secret'), 'ENOENT')
for name in ('user.kept', 'user.memfs.sha256', 'user.memfs.id'):
    case('scoped', f'getxattr {name}: hidden', lambda name=name: os.getxattr('top.md', name), 'ENOENT')

# A name that is hidden is refused in the same way, whatever is there.
for path, where in (
    ('top.md', 'taken'),
    ('secret', 'taken by a directory'),
    ('nothing', 'free'),
    ('way/to/other.md', 'taken, on the way'),
    ('way/to/new', 'free, on the way'),
):
    each('scoped', creations, path, f'hidden, {where}', 'EACCES')
case('scoped', 'O_TMPFILE: on the way', lambda: temporary('way/to'), 'EACCES')
case('scoped', 'O_TMPFILE: in the root', lambda: temporary('.'), 'EACCES')
each('scoped', attributes, 'way', 'a directory on the way', 'EACCES')
case('scoped', 'rename of a directory on the way', lambda: os.rename('way', 'open/way'), 'EACCES')
case('scoped', 'rmdir of a directory on the way', lambda: os.rmdir('way/to'), 'EACCES')
case('scoped', 'mkdir over a directory on the way', lambda: os.mkdir('way'), 'EEXIST')

# Directories.
case('scoped', 'rmdir: hidden contents', lambda: os.rmdir('mixed'), 'EACCES')
case('scoped', 'rename: hidden contents', lambda: os.rename('mixed', 'open/mixed'), 'EACCES')
case('scoped', 'rename over an empty one: hidden contents', lambda: os.rename('mixed', 'spare'), 'EACCES')
case('scoped', 'rename over it: hidden contents', lambda: os.rename('spare', 'mixed'), 'EACCES')
case('scoped', 'exchange: hidden contents', lambda: renameat2('spare', 'mixed', RENAME_EXCHANGE), 'EACCES')
case('scoped', 'rename to where less is granted', lambda: os.rename('open/sub', 'mixed/sub.md'), 'EXDEV')
case('scoped', 'rename to where more is granted', lambda: os.rename('spare', 'open/spare'), 'EXDEV')
case(
    'scoped',
    'rename to where more is granted, NOREPLACE',
    lambda: renameat2('spare', 'open/spare', RENAME_NOREPLACE),
    'EXDEV',
)

# Several names.
case('scoped', 'read: another name is hidden', reads('open/linked.md'), 'ENOENT')
case('scoped', 'create: another name is hidden', lambda: creations['open O_CREAT']('open/linked.md'), 'EACCES')
case('scoped', 'rename over: another name is hidden', lambda: os.rename(mine, 'open/linked.md'), 'EACCES')
case('scoped', 'unlink: another name is hidden', lambda: os.unlink('open/linked.md'), 'ENOENT')
each('scoped', opens, 'open/both.md', 'another name is read only', 'EROFS')
case('scoped', 'unlink: another name is read only', lambda: os.unlink('open/both.md'), 'EROFS')
case('scoped', 'rename: another name is read only', lambda: os.rename('open/both.md', 'open/b'), 'EROFS')
case('scoped', 'link: another name is read only', lambda: os.link('open/both.md', 'open/b'), 'EXDEV')
case('scoped', 'link of a reader: read only', lambda: linked('shared/read.md', 'open/b'), 'EXDEV')

# Symbolic links lead nowhere else.
case('scoped', 'read: a link to what is hidden', reads('open/to-hidden'), 'ENOENT')
case('scoped', 'read: through a link to a hidden directory', reads('open/to-secret/hidden.md'), 'ENOENT')
case('scoped', 'create: a link to what is hidden', lambda: creations['open O_CREAT']('open/to-top'), 'EACCES')
case('scoped', 'create: a link to a free hidden name', lambda: creations['open O_CREAT']('open/to-nothing'), 'EACCES')
case('scoped', 'write: a link to what is read only', lambda: opens['open O_WRONLY']('open/to-shared'), 'EROFS')
case('scoped', 'truncate: a link to what is read only', lambda: opens['truncate']('open/to-shared'), 'EROFS')
case('scoped', 'mkdir: through a link to the root', lambda: os.mkdir('open/to-root/new'), 'EACCES')

# Other ways to write a path.
for path in (
    'open/../top.md',
    'open/sub/../../secret/hidden.md',
    'open/../../scoped/top.md',
    './/./top.md',
    '.memfs/../top.md',
    '.memfs/../secret/hidden.md',
    '/proc/self/cwd/top.md',
    '/proc/self/cwd/open/../secret/hidden.md',
    'TOP.MD',
    'Secret/hidden.md',
    'secret./hidden.md',
    'secret /hidden.md',
    'top.md ',
    'top.md.',
    'top.md/',
    b'top.md\xff',
    'top\u200b.md',
    '\uff54op.md',
):
    case('scoped', f'read {path!r}', reads(path), 'ENOENT')
for path in (
    'Open',
    'OPEN',
    'open ',
    'open.',
    ' open',
    'open\u200b',
    '\uff4fpen',
    'o\u0440en',
    b'open\xff',
    'cafe\u0301',
    'CAF\u00c9',
    b'caf\xe9',
    'cafe',
    'x' * 255,
    'open\\sub',
    'open\n',
    '...',
    '-',
):
    case('scoped', f'mkdir {path[:20]!r}', lambda path=path: os.mkdir(path), 'EACCES')
    case('scoped', f'create {path[:20]!r}', lambda path=path: creations['open O_CREAT'](path), 'EACCES')
case('scoped', 'mkdir of 256 bytes', lambda: os.mkdir('x' * 256), 'ENAMETOOLONG')
case('scoped', 'mkdir of 256 bytes where it is granted', lambda: os.mkdir('open/' + 'x' * 256), 'ENAMETOOLONG')
case('scoped', 'mkdir of 255 bytes in a read-only directory', lambda: os.mkdir('shared/' + 'x' * 255), 'EROFS')
case('scoped', 'mkdir .memfs', lambda: os.mkdir('.memfs'), 'EROFS', 'EEXIST', 'EACCES')
case('scoped', 'create in .memfs', lambda: os.mkdir('.memfs/x'), 'ENOENT', 'EROFS')


def linked(source, target):
    with open(source, 'rb') as file:
        os.link(f'/proc/self/fd/{file.fileno()}', target, follow_symlinks=True)


def code_of(error):
    return errno.errorcode[error.errno]
