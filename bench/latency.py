"""How long single calls take: latency.py LIKE DIR prints {"stat": [[end, duration], ...], "read": ...},
one pair for each file: milliseconds since 1970, nanoseconds.
The names are those below LIKE, so that nothing in DIR has been listed or looked up before it is measured.
"""

import json
import os
import random
import sys
import time

like, base = sys.argv[1:]
paths = [
    os.path.join(base, os.path.relpath(os.path.join(parent, name), like))
    for parent, _, names in os.walk(like)
    for name in names
]
random.Random(len(paths)).shuffle(paths)


def read(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.read(descriptor, 65536)
    os.close(descriptor)


def timed(action):
    times = []
    for path in paths:
        start = time.perf_counter_ns()
        action(path)
        duration = time.perf_counter_ns() - start
        times.append([time.time() * 1000, duration])
    return times


print(json.dumps({'stat': timed(os.stat), 'read': timed(read)}))
