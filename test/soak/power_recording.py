"""What a daemon did to its data directory: written by power_recorder.c, with marks of those who worked on its mounts."""
import json
import os
import pathlib
import struct
import subprocess

SOURCE = pathlib.Path(__file__).with_name('power_recorder.c')
HEAD = struct.Struct('<IIIIQQ')


def build_recorder(directory):
    library = f'{directory}/recorder.so'
    subprocess.run(['gcc', '-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'], check=True)
    return library


class Marks:
    """Goes between the records of the daemon: what is marked was acknowledged before whatever comes after it."""

    def __init__(self, log):
        self._descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def put(self, kind, value):
        data = json.dumps([kind, value]).encode()
        os.write(self._descriptor, HEAD.pack(ord('K'), 0, len(data), 0, 0, 0) + data)

    def close(self):
        os.close(self._descriptor)


def read_recording(log):
    """Yields (kind, inode, number, path, data); of a mark, data is its kind and its value."""
    with open(log, 'rb') as file:
        while head := file.read(HEAD.size):
            kind, first, second, _, inode, number = HEAD.unpack(head)
            path = file.read(first).decode()
            data = file.read(second)
            kind = chr(kind)
            if kind == 'X':
                raise RuntimeError(f'the recorder does not understand {path}')
            yield kind, inode, number, path, json.loads(data) if kind == 'K' else data
