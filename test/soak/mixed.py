"""Many sessions at once: reading then overwriting, appending, creating, renaming, deleting."""
from checks import Checks
from daemon import Daemon
from figures import print_latencies
from sessions import Lanes, prepare


def add_options(parser):
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--sessions', type=int, default=1000)
    parser.add_argument('--processes', type=int, default=8)
    parser.add_argument('--mounts', type=int, default=16, help='of the one store; at least one a process')
    parser.add_argument('--seed', type=int, default=1)


def run(options):
    daemon = Daemon()
    try:
        prepare(daemon, options.mounts)
        lanes = Lanes(daemon, options.seconds, options.sessions, options.processes, options.seed)
        entries = lanes.join()
        checks = Checks(daemon, entries)
        print_latencies(entries, options.seconds)
        print(f'{len({entry["session"] for entry in entries})} sessions, {options.mounts} mounts, {checks.summary}')
        return checks.problems
    finally:
        daemon.close()
