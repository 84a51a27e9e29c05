"""Many sessions at once: `processes` lanes, each on mounts of its own, share the sessions among them."""
import json
import os
import pathlib
import subprocess
import sys
import time

from session import name_of
from workload import DOOMED, LOGS, POOL

HERE = pathlib.Path(__file__).parent


def prepare(daemon, mounts):
    daemon.start()
    daemon.create_store()
    for _ in range(mounts):
        daemon.mount()
    names = {
        'pool': [f'{number}.md' for number in range(POOL)],
        'doomed': [f'{number}.md' for number in range(DOOMED)],
        'logs': [f'{number}.log' for number in range(LOGS)],
        'new': [],
    }
    for directory, files in names.items():
        os.mkdir(f'{daemon.mounts[0]}/{directory}')
        for name in files:
            with open(f'{daemon.mounts[0]}/{directory}/{name}', 'x', encoding='utf8') as file:
                file.write('' if directory == 'logs' else f'{directory} {name}\n')


class Lanes:
    """Begins at once. `pause`: seconds between two operations of a session."""

    def __init__(self, daemon, seconds, sessions, processes, seed, pause=0.0):
        self._logs = pathlib.Path(daemon.base) / 'operations'
        self._logs.mkdir(exist_ok=True)
        self._until = time.monotonic() + seconds
        self._stop = pathlib.Path(daemon.base) / 'stop'
        self._lanes = []
        # One of the same length in the environment to begin with: a session writes its own name over it.
        environment = {**os.environ, 'MEMFSD_SESSION': name_of(0), 'MEMFSD_AGENT': 'soak'}
        for lane in range(processes):
            work = {
                'mounts': daemon.mounts[lane::processes],
                'sessions': list(range(lane + 1, sessions + 1, processes)),
                'until': self._until,
                'seed': seed,
                'pause': pause,
                'stop': str(self._stop),
                'logs': str(self._logs),
            }
            command = [sys.executable, HERE / 'lane.py', json.dumps(work)]
            self._lanes.append(subprocess.Popen(command, env=environment))

    def stop(self):
        """Every session ends after the operation that it is at."""
        self._stop.touch()

    def join(self):
        """Every operation of every session; throws when a lane failed, or does not end."""
        for lane in self._lanes:
            status = lane.wait(timeout=max(0, self._until - time.monotonic()) + 60)
            if status != 0:
                raise RuntimeError(f'a lane ended with {status}')
        entries = []
        for path in sorted(self._logs.iterdir()):
            entries += [json.loads(line) for line in path.read_text('utf8').splitlines()]
        return entries
