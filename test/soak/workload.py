"""What one session does: operations on shared files, each with a tag of its own, and what came of each."""
import contextlib
import errno
import hashlib
import json
import os
import random
import time

POOL = 40
DOOMED = 1000
LOGS = 8
# The session of who made the files to begin with.
SETUP = 'sesn_of_1'
# Somebody else has deleted the file.
WITHOUT_OBJECT = {errno.ENOENT}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Refused(Exception):
    """ESTALE."""

    def __init__(self, stage):
        super().__init__(stage)
        self.stage = stage


@contextlib.contextmanager
def stage(name):
    try:
        yield
    except OSError as error:
        if error.errno == errno.ESTALE:
            raise Refused(name) from None
        raise


@contextlib.contextmanager
def closing(descriptor):
    """Closes it, and hears what close says unless something went wrong before."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.close(descriptor)
        raise
    with stage('close'):
        os.close(descriptor)


def write_all(descriptor, content):
    """One write(2) may become several requests, and say only how far it came."""
    while content:
        content = content[os.write(descriptor, content) :]


def content_of(tag, count):
    return f'{tag}\n'.encode() * count


class Workload:
    def __init__(self, mount, session, seed):
        self._mount = mount
        self._session = session
        self._random = random.Random(seed)
        self._count = 0
        self.done = []
        self._kinds = {
            self.overwrite: 40,
            self.append: 25,
            self.create: 15,
            self.replace: 10,
            self.delete: 10,
        }

    def run(self, until, pause, stop):
        """Until that time, or until there is a file of the name `stop`; `pause` seconds between two operations."""
        while not self.done or (time.monotonic() < until and not os.path.exists(stop)):
            self.done.append(self._one())
            time.sleep(0.02 if self.done[-1]['outcome'] == 'in doubt' else pause)

    def _one(self):
        kind = self._random.choices(list(self._kinds), self._kinds.values())[0]
        self._count += 1
        tag = f'{self._session}-{self._count:06}'
        entry = {'operation': kind.__name__, 'session': self._session, 'tag': tag, 'begin': time.time()}
        try:
            kind(tag, entry)
            entry['outcome'] = 'done'
        except Refused as refused:
            entry.update(outcome='refused', stage=refused.stage)
        except OSError as error:
            known = error.errno in WITHOUT_OBJECT
            entry.update(outcome='without object' if known else 'in doubt', error=error.strerror)
        entry['end'] = time.time()
        return entry

    def write_log(self, path):
        with open(path, 'w', encoding='utf8') as log:
            log.writelines(json.dumps(entry) + '\n' for entry in self.done)

    def _pool(self):
        return f'pool/{self._random.randrange(POOL)}.md'

    def _doomed(self):
        return f'doomed/{self._random.randrange(DOOMED)}.md'

    def _content(self, tag, entry):
        count = self._random.choice([1, 5, 50, 500])
        content = content_of(tag, count)
        entry.update(count=count, sha256=sha256(content))
        return content

    def _path(self, name):
        return f'{self._mount}/{name.lstrip("/")}'

    def overwrite(self, tag, entry):
        """Reads, then writes the whole: in pieces, truncated at or after the opening."""
        name = self._random.choice([self._pool, self._pool, self._doomed])()
        entry.update(path=f'/{name}')
        content = self._content(tag, entry)
        path = self._path(name)
        with open(path, 'rb') as file:
            file.read()
        early = self._random.random() < 0.5
        with stage('open'):
            descriptor = os.open(path, os.O_WRONLY | (0 if early else os.O_TRUNC))
        with closing(descriptor):
            if early:
                time.sleep(self._random.random() * 0.004)
                with stage('truncate'):
                    os.ftruncate(descriptor, 0)
            middle = self._random.randrange(len(content))
            for piece in (content[:middle], content[middle:]):
                with stage('write'):
                    write_all(descriptor, piece)

    def append(self, tag, entry):
        name = f'logs/{self._random.randrange(LOGS)}.log'
        entry.update(path=f'/{name}')
        descriptor = os.open(self._path(name), os.O_WRONLY | os.O_APPEND)
        with closing(descriptor), stage('write'):
            os.write(descriptor, f'{tag}\n'.encode())

    def create(self, tag, entry):
        entry.update(path=f'/new/{tag}.md')
        self._write_new(entry['path'], self._content(tag, entry))

    def _write_new(self, name, content):
        descriptor = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with closing(descriptor), stage('write'):
            write_all(descriptor, content)

    def replace(self, tag, entry):
        """As editors do: a new file, renamed over the old one."""
        entry.update(path=f'/new/{tag}.md', to=f'/{self._pool()}')
        self._write_new(entry['path'], self._content(tag, entry))
        with stage('rename'):
            os.rename(self._path(entry['path']), self._path(entry['to']))

    def delete(self, _tag, entry):
        name = self._doomed()
        entry.update(path=f'/{name}')
        with stage('unlink'):
            os.unlink(self._path(name))
