"""Power failures: real work on a daemon is recorded, and its data directory is rebuilt as failures at any moment leave it.

What was not synced is lost, kept in part, torn or in another order; again and again, as work goes on from what was left. Every
state must open and verify, with all that fsync acknowledged, nothing that was redacted, and no store or mount lost.
"""
import collections
import copy
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

from daemon import STORE, Daemon, kill
from power_disk import MODES, Disk
from power_expected import Expected
from power_recording import Marks, build_recorder, read_recording
from power_work import Work

# How often the power fails in a row.
FAILURES = 3
CHECKER = pathlib.Path(__file__).with_name('power_states.mjs')


def add_options(parser):
    parser.add_argument('--states', type=int, default=600, help='how many are rebuilt')
    parser.add_argument('--seconds', type=float, default=4.0, help='of work between two failures')
    parser.add_argument('--each', type=int, default=40, help='states of each recording')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--failing', type=int, default=0, metavar='N', help='every Nth sync of a write-ahead log fails')
    parser.add_argument('--keep', help='a directory for states that do not hold')


class Checker:
    def __init__(self):
        self._process = subprocess.Popen(['node', CHECKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def look_at(self, data):
        self._process.stdin.write(json.dumps({'data': data}) + '\n')
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)


class Power:
    def __init__(self, options):
        self._options = options
        self._chance = random.Random(options.seed)
        self._daemon = Daemon(data='home/data')
        self._home = os.path.dirname(self._daemon.data)
        self._recorder = build_recorder(self._daemon.base)
        self._recordings = 0
        self._checker = Checker()
        self.counts = collections.Counter()
        self.problems = []
        self.failures = 0

    def run(self):
        states = 0
        while states < self._options.states:
            shutil.rmtree(self._home, ignore_errors=True)
            os.mkdir(self._home, 0o700)
            redacted = []
            for failure in range(1, FAILURES + 1):
                log, work, disk = self._record(failure)
                cuts = min(self._options.each, self._options.states - states)
                redacted = self._rebuild(log, work, disk, cuts, redacted, failure)
                os.unlink(log)
                states += cuts
                if states == self._options.states:
                    return

    def _record(self, failure):
        """Works on what lies in the data directory until the daemon is killed."""
        self._recordings += 1
        log = f'{self._daemon.base}/recording-{self._recordings}'
        disk = Disk(self._home)
        marks = Marks(log)
        self._daemon.environment = {'LD_PRELOAD': self._recorder, 'POWER_ROOT': self._home, 'POWER_LOG': log}
        if self._options.failing:
            self._daemon.environment['POWER_FAILING'] = str(self._options.failing)
        self._daemon.start()
        keeper, engine = self._daemon.pids()
        try:
            mount = self._mounted(marks)
            work = Work(self._daemon, mount, marks, self._chance, failure, self._options.failing > 0)
            end = time.monotonic() + self._options.seconds
            while time.monotonic() < end:
                work.step()
                if self._chance.random() < 0.03:
                    time.sleep(self._chance.choice([0.06, 0.3]))
            # The WAL is emptied when nothing has happened for a while.
            if failure == 1 and self._options.seconds > 2:
                time.sleep(2.3)
            self.failures += work.failures
        finally:
            marks.close()
            kill(keeper)
            kill(engine)
            self._daemon.detach()
        return log, work, disk

    def _mounted(self, marks):
        api = self._daemon.api
        for store in api.json('GET', '/stores')['stores']:
            if store['name'] != STORE:
                api.json('DELETE', f'/stores/{store["name"]}', confirm=store['name'])
        if STORE not in [store['name'] for store in api.json('GET', '/stores')['stores']]:
            marks.put('coming', STORE)
            self._daemon.create_store()
        marks.put('created', [STORE, {}])
        if not self._daemon.mounts:
            self._daemon.mount()
        elif not api.json('GET', '/mounts')['mounts']:
            self._daemon.mount_at(self._daemon.mounts[0])
        self._daemon.wait_until_mounted()
        marks.put('mounted', self._daemon.mounts[0])
        return self._daemon.mounts[0]

    def _rebuild(self, log, work, disk, cuts, redacted, failure):
        records = list(read_recording(log))
        begin = next(index for index, record in enumerate(records) if record[4] and record[4][0] == 'mounted')
        moments = sorted(self._moment(records, begin if failure > 1 else 0) for _ in range(cuts))
        base = self._chance.choice(moments)
        expected = Expected(redacted)
        after = []
        for index, record in enumerate(records):
            while moments and moments[0] == index:
                moments.pop(0)
                mode = self._chance.choice(MODES)
                state = f'{self._daemon.base}/state'
                disk.cut(self._chance, mode, state)
                if index == base:
                    shutil.rmtree(self._home)
                    shutil.copytree(state, self._home)
                    after = list(expected.redacted)
                self._check(state, copy.deepcopy(expected), work, mode, f'{log} at {index} of {len(records)}')
                shutil.rmtree(state)
            kind, *_, data = record
            if kind == 'K':
                expected.mark(*data)
            else:
                disk.apply(*record)
        return after

    def _moment(self, records, first):
        """Anywhere, or just after something that should make a difference."""
        moment = self._chance.randrange(first, len(records))
        if self._chance.random() < 0.5:
            return moment
        telling = (index for index in range(moment, len(records)) if records[index][0] in 'EKTURC')
        return min(next(telling, moment) + 1, len(records) - 1)

    def _check(self, state, expected, work, mode, where):
        data = f'{state}/data'
        self.counts[mode] += 1
        kept = self._options.keep
        if kept:
            shutil.rmtree(f'{kept}/now', ignore_errors=True)
            shutil.copytree(state, f'{kept}/now')
            shutil.copy(where.partition(' ')[0], f'{kept}/now/recording')
        before = list(expected.problems_of_files(data)) if os.path.isdir(data) else []
        found = self._checker.look_at(data)
        problems = before + list(expected.problems(found, work, mode))
        self.problems += [f'{where}, {mode}: {problem}' for problem in problems]
        if kept and problems:
            os.rename(f'{kept}/now', f'{kept}/{len(os.listdir(kept))}')

    def close(self):
        self._checker.close()
        self._daemon.environment = {}
        self._daemon.close()


def run(options):
    power = Power(options)
    try:
        power.run()
        modes = ', '.join(f'{power.counts[mode]} {mode}' for mode in MODES)
        print(f'{sum(power.counts.values())} states of {power._recordings} recordings: {modes}')
        if options.failing:
            print(f'{power.failures} calls failed with a sync')
        return power.problems
    finally:
        power.close()
