"""The hostile client: runner.py --list, --rules, --build FREE, or runner.py FREE READ_ONLY SCOPED; one JSON line a case.

Each case runs in a process of its own. Afterwards the unrestricted mount must show what it showed before.
"""

import json
import os
import stat
import sys
import traceback
from functools import partial

sys.dont_write_bytecode = True
from cases import build, cases, code_of, rules
from granted import granted
from turns import turns


def names():
    yield from (f'{mount}: {name}' for mount, name, _, _ in cases)
    yield from (f'meanwhile: {name}' for name in turns)
    yield from map(granted_name, granted)


def granted_name(case):
    return f'granted: {case.__name__.replace("_", " ")}'


def snapshot(root):
    """Everything that a refused call could have changed, by path."""
    found = {}
    for parent, directories, files in os.walk(os.fsencode(root)):
        for name in [b'.', *directories, *files]:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            regular = stat.S_ISREG(status.st_mode)
            found[path] = (
                status.st_ino,
                status.st_mode,
                status.st_uid,
                status.st_nlink,
                status.st_mtime_ns if regular else None,
                open(path, 'rb').read() if regular else None,
                sorted(os.listxattr(path, follow_symlinks=False)),
            )
    return found


def attempted(attempt, expected):
    try:
        attempt()
    except OSError as error:
        return 'ok' if code_of(error) in expected else f'{code_of(error)} in place of {" or ".join(expected)}'
    return f'was done, in place of {" or ".join(expected)}'


def asserted(action, *arguments):
    action(*arguments)
    return 'ok'


def in_child(directory, action):
    reader, report = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(directory)
            result = action()
        except BaseException:
            result = traceback.format_exc()
        os.write(report, result.encode())
        os._exit(0)
    os.close(report)
    with os.fdopen(reader) as said:
        result = said.read()
    os.waitpid(child, 0)
    return result or 'the case ended without a word'


def difference(before, after):
    paths = before.keys() | after.keys()
    return sorted(os.fsdecode(path) for path in paths if before.get(path) != after.get(path))


def main(free, read_only, scoped):
    mounts = {'read_only': read_only, 'scoped': scoped}
    actions = [(mounts[mount], partial(attempted, attempt, expected)) for mount, _, attempt, expected in cases]
    actions += [(scoped, partial(asserted, turn, free)) for turn in turns.values()]
    before = snapshot(free)
    for name, (directory, action) in zip(names(), actions):
        result = in_child(directory, action)
        after = snapshot(free)
        if after != before:
            result += f'; changed: {difference(before, after)}'
        before = after
        print(json.dumps({'name': name, 'result': result}), flush=True)
    for each in granted:
        result = in_child(scoped, partial(asserted, each))
        print(json.dumps({'name': granted_name(each), 'result': result}), flush=True)


if __name__ == '__main__':
    if sys.argv[1:] == ['--list']:
        print(json.dumps(list(names())))
    elif sys.argv[1:] == ['--rules']:
        print(json.dumps(rules))
    elif sys.argv[1] == '--build':
        os.chdir(sys.argv[2])
        build()
    else:
        main(*sys.argv[1:])
