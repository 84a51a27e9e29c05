"""A busy process: session after session, on a mount that no other process uses."""
import json
import os
import sys
import time

from session import as_session, name_of
from workload import Workload


def main():
    lane = json.loads(sys.argv[1])
    sessions = lane['sessions']
    for position, number in enumerate(sessions):
        left = lane['until'] - time.monotonic()
        until = time.monotonic() + left / (len(sessions) - position)
        if os.path.exists(lane['stop']):
            break
        mount = lane['mounts'][position % len(lane['mounts'])]

        def work(session=name_of(number), mount=mount, until=until, seed=number):
            workload = Workload(mount, session, lane['seed'] * 100_000 + seed)
            workload.run(until, lane['pause'], lane['stop'])
            workload.write_log(f'{lane["logs"]}/{session}.jsonl')

        as_session(name_of(number), work)


main()
