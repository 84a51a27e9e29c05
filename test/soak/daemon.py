"""A private daemon: its data, its mounts, its processes."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from api import Api

EXECUTABLE = pathlib.Path(__file__).resolve().parents[2] / 'bin' / 'memfsd.js'
STORE = 'soak'


class Daemon:
    def __init__(self, data='data'):
        self.base = tempfile.mkdtemp(prefix='memfsd-soak-')
        self.data = f'{self.base}/{data}'
        self.mounts = []
        # What its processes find in theirs besides.
        self.environment = {}
        self.api = Api(self.data)

    def command(self, *args):
        # The caller's own session is no part of this.
        environment = {key: value for key, value in os.environ.items() if not key.startswith('MEMFSD_')}
        environment |= self.environment
        command = ['node', EXECUTABLE, *args, '--data', self.data]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def start(self):
        self.command('start')

    def create_store(self):
        self.api.json('POST', '/stores', {'name': STORE})

    def mount(self):
        path = f'{self.base}/mount-{len(self.mounts) + 1}'
        os.mkdir(path)
        self.mounts.append(path)
        self.mount_at(path)
        return path

    def mount_at(self, path):
        session = f'sesn_of_{self.mounts.index(path) + 1}'
        self.api.json('POST', '/mounts', {'store': STORE, 'path': path, 'agent': 'soak', 'session': session})

    def status(self):
        return self.api.json('GET', '/status')

    def pids(self):
        """Keeper and engine, while both answer."""
        status = self.status()
        return status['keeper']['pid'], status['engine']['pid']

    def log(self):
        return self.api.lines('GET', f'/stores/{STORE}/log')

    def conflicts(self):
        return self.api.lines('GET', f'/stores/{STORE}/conflicts')

    def verify(self):
        return self.api.lines('POST', f'/stores/{STORE}/verify')[-1]['report']

    def wait_until_mounted(self, limit=30):
        end = time.monotonic() + limit
        while True:
            with contextlib.suppress(OSError, RuntimeError):
                if sum(each['state'] == 'mounted' for each in self.status()['mounts']) == len(self.mounts):
                    return
            if time.monotonic() > end:
                raise RuntimeError('the daemon does not come back')
            time.sleep(0.05)

    def close(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self.command('stop')
        self.detach()
        for path in self.mounts:
            os.rmdir(path)
        shutil.rmtree(self.base)

    def detach(self):
        """Asks the kernel's table: a dead mount does not answer."""
        for path in self.mounts:
            while is_mounted(path):
                subprocess.run(['umount', '-l', path], check=True)


def is_mounted(path):
    with open('/proc/self/mounts', encoding='utf8') as mounts:
        return any(line.split()[1] == path for line in mounts)


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
