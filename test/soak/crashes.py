"""Engine, keeper or both are killed while many sessions work: nothing that was acknowledged may be missing or torn."""
import collections
import contextlib
import random
import time

from checks import Checks
from daemon import Daemon, kill
from figures import print_latencies
from sessions import Lanes, prepare


def add_options(parser):
    parser.add_argument('--kills', type=int, default=50)
    parser.add_argument('--sessions', type=int, default=200)
    parser.add_argument('--processes', type=int, default=8)
    parser.add_argument('--mounts', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)


def pids(daemon, limit=30):
    """Keeper and engine, as soon as there are both."""
    end = time.monotonic() + limit
    while True:
        with contextlib.suppress(OSError, RuntimeError):
            return daemon.pids()
        if time.monotonic() > end:
            raise RuntimeError('no engine answers')
        time.sleep(0.02)


def kill_some(daemon, chance):
    keeper, engine = pids(daemon)
    time.sleep(chance.uniform(0.05, 1.0))
    victim = chance.choice(['engine', 'keeper', 'both'])
    if victim != 'keeper':
        kill(engine)
    if victim != 'engine':
        kill(keeper)
        daemon.start()
    daemon.wait_until_mounted()
    return victim


def run(options):
    chance = random.Random(options.seed)
    daemon = Daemon()
    try:
        prepare(daemon, options.mounts)
        # About what a kill and a restart take; the sessions end when the kills have.
        seconds = 3.0 * options.kills
        lanes = Lanes(daemon, seconds, options.sessions, options.processes, options.seed, 0.002)
        begin = time.monotonic()
        victims = collections.Counter(kill_some(daemon, chance) for _ in range(options.kills))
        lanes.stop()
        entries = lanes.join()
        checks = Checks(daemon, entries)
        print_latencies(entries, time.monotonic() - begin)
        print(f'killed: {dict(victims)}; {checks.summary}')
        return checks.problems
    finally:
        daemon.close()
