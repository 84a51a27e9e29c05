"""The memory that a mount costs its daemon."""
import os
import time

from daemon import Daemon

LIMIT = 1024


def add_options(parser):
    parser.add_argument('--mounts', type=int, default=100)


def resident(pids):
    """KiB."""
    size = 0
    for pid in pids:
        with open(f'/proc/{pid}/status', encoding='ascii') as status:
            size += next(int(line.split()[1]) for line in status if line.startswith('VmRSS:'))
    return size


def use(mount, number):
    with open(f'{mount}/{number}.md', 'w', encoding='ascii') as file:
        file.write('text\n')
    with open(f'{mount}/{number}.md', encoding='ascii') as file:
        file.read()
    os.listdir(mount)


def run(options):
    daemon = Daemon()
    try:
        daemon.start()
        daemon.create_store()
        for number in range(10):
            use(daemon.mount(), number)
        time.sleep(1)
        pids = daemon.pids()
        before = resident(pids)
        for number in range(options.mounts):
            use(daemon.mount(), 10 + number)
        time.sleep(1)
        each = (resident(pids) - before) / options.mounts
        print(f'{before} KiB with 10 mounts, {each:.0f} KiB more for each of {options.mounts}')
        return [f'a mount costs {each:.0f} KiB, more than {LIMIT}'] if each > LIMIT else []
    finally:
        daemon.close()
