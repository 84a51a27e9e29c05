"""Runs conformance cases: runner.py --list, or runner.py DIR MODULE…; one JSON line a case.

A case is a function of a module beside this file, in which a failed assertion or an exception is a failure.
Each runs in a process of its own, in a fresh directory below DIR, under a time limit.
"""

import importlib
import json
import os
import pathlib
import select
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
LIMIT = 20
HERE = pathlib.Path(__file__).parent
MODULES = sorted(path.stem[len('cases_'):] for path in HERE.glob('cases_*.py'))


def cases(module):
    loaded = importlib.import_module('cases_' + module)
    return [
        (name, function)
        for name, function in vars(loaded).items()
        if callable(function) and function.__module__ == loaded.__name__ and not name.startswith('_')
    ]


def in_child(parent, name, function, report):
    os.setpgid(0, 0)
    try:
        os.chdir(parent)
        os.mkdir(name)
        os.chdir(name)
        function()
        os.write(report, b'ok')
    except BaseException:
        os.write(report, traceback.format_exc().encode())
    os._exit(0)


def run(parent, name, function):
    if getattr(function, 'root_only', False) and os.geteuid() != 0:
        return 'needs root'
    reader, report = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        in_child(parent, name, function, report)
    os.close(report)
    said = b''
    deadline = time.monotonic() + LIMIT
    while select.select([reader], [], [], max(0, deadline - time.monotonic()))[0]:
        data = os.read(reader, 65536)
        said += data
        if not data or said == b'ok':
            break
    else:
        said += f'no end within {LIMIT} s'.encode()
    os.close(reader)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # A process in an unanswered request cannot be reaped: it is left behind, not waited for.
    os.waitpid(child, os.WNOHANG)
    return said.decode() or 'the case ended without a word'


def main(arguments):
    if arguments == ['--list']:
        print(json.dumps([(module, name) for module in MODULES for name, _ in cases(module)]))
        return
    parent, *modules = arguments
    for module in modules:
        for name, function in cases(module):
            print(json.dumps({'name': name, 'result': run(parent, name, function)}), flush=True)


if __name__ == '__main__':
    main(sys.argv[1:])
