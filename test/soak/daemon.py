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
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix='memfsd-soak-')
        self.data = f'{self.base}/data'
        self.mounts = []
        self.api = Api(self.data)

    def command(self, *args):
        # The caller's own session is no part of this.
        environment = {key: value for key, value in os.environ.items() if not key.startswith('MEMFSD_')}
        command = ['node', EXECUTABLE, *args, '--data', self.data]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def start(self):
        self.command('start')

    def create_store(self):
        self.api.json('POST', '/v1/stores', {'name': STORE})

    def mount(self):
        path = f'{self.base}/mount-{len(self.mounts) + 1}'
        os.mkdir(path)
        request = {'store': STORE, 'path': path, 'agent': 'soak', 'session': f'sesn_of_{len(self.mounts) + 1}'}
        self.api.json('POST', '/v1/mounts', request)
        self.mounts.append(path)
        return path

    def status(self):
        return self.api.json('GET', '/v1/status')

    def pids(self):
        """Keeper and engine, while both answer."""
        status = self.status()
        return status['keeper']['pid'], status['engine']['pid']

    def log(self):
        return self.api.lines('GET', f'/v1/stores/{STORE}/log')

    def conflicts(self):
        return self.api.lines('GET', f'/v1/stores/{STORE}/conflicts')

    def verify(self):
        return self.api.lines('POST', f'/v1/stores/{STORE}/verify')[-1]['report']

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
        for path in self.mounts:
            while subprocess.run(['mountpoint', '-q', path], check=False).returncode == 0:
                subprocess.run(['umount', '-l', path], check=True)
            os.rmdir(path)
        shutil.rmtree(self.base)


def kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
