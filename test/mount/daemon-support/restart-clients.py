"""Programs at work in the current directory, a mount, until the file `stop` is there: they open, read, write, append and
rename, keep files open, hold locks, wait for locks and for events. Prints what failed, and how often they went round."""
import fcntl, json, multiprocessing, os, sys, time

stopped = lambda: os.path.exists('stop')


def files(me, say):
    rounds = 0
    while not stopped():
        name = f'{me}-{rounds % 20}'
        with open(name, 'w') as f: f.write(str(rounds))
        with open(name) as f: assert f.read() == str(rounds), 'other content'
        os.rename(name, name + '.moved')
        assert os.stat(name + '.moved').st_size == len(str(rounds))
        rounds += 1
    say(rounds)


def appends(me, say):
    """Opened for each line, and kept open."""
    rounds = 0
    with open('log-open', 'ab', buffering=0) as kept:
        while not stopped():
            kept.write(f'{me} {rounds}\n'.encode())
            with open('log', 'a') as f: f.write(f'{me} {rounds}\n')
            rounds += 1
    for name in ('log', 'log-open'):
        own = [int(line.split()[1]) for line in open(name) if line.split()[0] == me]
        assert own == list(range(rounds)), f'{name}: a line was lost, torn or came twice'
    say(rounds)


def handle(me, say):
    """One descriptor for everything, whose bytes are no version yet."""
    rounds = 0
    with open(me, 'w+b', buffering=0) as f:
        while not stopped():
            os.pwrite(f.fileno(), b'%08d' % rounds, 8 * (rounds % 500))
            assert os.pread(f.fileno(), 8, 8 * (rounds % 500)) == b'%08d' % rounds
            if rounds % 50 == 0: os.fsync(f.fileno())
            rounds += 1
    say(rounds)


def holder(me, say):
    """Holds both kinds of lock; nobody else gets them."""
    rounds = 0
    with open('flocked', 'w') as flocked, open('locked', 'w') as locked:
        fcntl.flock(flocked, fcntl.LOCK_EX)
        fcntl.lockf(locked, fcntl.LOCK_EX)
        open('held', 'w').close()
        while not stopped():
            pid = os.fork()
            if pid == 0:
                try:
                    with open('flocked', 'w') as f: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os._exit(1)
                except BlockingIOError: os._exit(0)
                except BaseException: os._exit(2)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, 'a lock was lost'
            rounds += 1
            time.sleep(0.05)
    say(rounds)


def waiter(me, say):
    """Waits all the time for a lock that is given up at the end."""
    while not os.path.exists('held'): time.sleep(0.02)
    kind = fcntl.flock if me == 'flocked' else fcntl.lockf
    with open(me, 'r+') as f: kind(f, fcntl.LOCK_EX)
    assert stopped(), 'got a lock that is held'
    say(1)


def reader(me, say):
    """Waits for events, none of which may be lost or come twice."""
    seen = []
    with open('.memfs/events', 'rb', buffering=0) as events:
        open('listening', 'w').close()
        rest = b''
        while True:
            rest += events.read(65536)
            *lines, rest = rest.split(b'\n')
            seen += [json.loads(line) for line in lines]
            if any(record['path'] == '/stop' for record in seen): break
    numbers = [record['seq'] for record in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), 'an event is missing'
    say(len(seen))


def run(task, me, results):
    try:
        task(me, lambda rounds: results.put((me, rounds, None)))
    except BaseException as error:
        results.put((me, 0, repr(error)))


work = [(files, 'f1'), (files, 'f2'), (appends, 'a1'), (appends, 'a2'), (handle, 'h1')]
work += [(holder, 'holder'), (waiter, 'flocked'), (waiter, 'locked'), (reader, 'reader')]
results = multiprocessing.Queue()
for task, me in work: multiprocessing.Process(target=run, args=(task, me, results), daemon=True).start()
ended = [results.get() for _ in work]
print(json.dumps({'rounds': {me: rounds for me, rounds, _ in ended}, 'failed': [f'{me}: {e}' for me, _, e in ended if e]}))
