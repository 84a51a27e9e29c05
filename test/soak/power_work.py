"""Work on a mount and on the stores of a daemon, by one client, so that every state it may be left in is known."""
import errno
import hashlib
import os

from daemon import STORE


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Work:
    """`trees[n]`: path -> SHA-256 after the n-th change. Marks say which was begun, done (its calls have returned) and synced."""

    def __init__(self, daemon, mount, marks, chance, round_number, is_failing):
        self._daemon = daemon
        self._mount = mount
        self._marks = marks
        self._chance = chance
        self._round = round_number
        self._count = 0
        # Syncs fail now and then, and what depends on them.
        self._is_failing = is_failing
        self.failures = 0
        self._directories = ['']
        self._texts = {}
        # Contents that were replaced as a whole: (SHA-256, a text that is nowhere else)
        self._replaced = []
        self._others = []
        self._store = next(each['id'] for each in daemon.api.json('GET', '/stores')['stores'] if each['name'] == STORE)
        self.trees = [self._read_tree()]
        # By number: in the middle of that change there is a new file that is empty.
        self._halfway = {}
        self._kinds = {
            self._write: 40,
            self._append: 14,
            self._unlink: 7,
            self._rename: 10,
            self._make_directory: 3,
            self._other_store: 4,
            self._redact: 3,
        }

    def _read_tree(self):
        tree = {}
        for directory, names, files in os.walk(self._mount):
            self._directories += [f'{directory.removeprefix(self._mount)}/{name}' for name in names]
            for name in files:
                with open(f'{directory}/{name}', 'rb') as file:
                    tree[f'{directory.removeprefix(self._mount)}/{name}'] = sha256(file.read())
        return tree

    def states(self, first, last):
        """In which the tree may be found when the change `first` was acknowledged and `last` is the last that was begun."""
        halfway = [self._halfway[number] for number in range(first + 1, last + 1) if number in self._halfway]
        return self.trees[first : last + 1] + halfway

    def step(self):
        self._chance.choices(list(self._kinds), self._kinds.values())[0]()

    def _api(self, method, path, body=None, **query):
        """The lines of the answer; None: a sync failed."""
        try:
            return self._daemon.api.lines(method, path, body, **query)
        except RuntimeError as error:
            if not self._is_failing or not any(text in str(error) for text in ('synced', 'I/O error', 'made good')):
                raise
            self.failures += 1
            return None

    def _change(self, change, work):
        """`change` of the tree is what `work` does; `work` may sync it itself."""
        tree = dict(self.trees[-1])
        change(tree)
        self.trees.append(tree)
        number = len(self.trees) - 1
        self._marks.put('begun', number)
        work(lambda: self._marks.put('synced', number))
        self._marks.put('done', number)

    def _content(self):
        self._count += 1
        tag = f'tag-{self._round}-{self._count:05}-{self._chance.randrange(1 << 40):010x}\n'
        return tag, tag.encode() * self._chance.choice([1, 1, 3, 40, 40, 400, 12_000])

    def _some_file(self):
        return self._chance.choice(sorted(self.trees[-1])) if self.trees[-1] else None

    def _new_path(self):
        self._count += 1
        return f'{self._chance.choice(self._directories)}/f{self._round}-{self._count}.md'

    def _sync(self, descriptor, synced, likelihood=0.5):
        if self._chance.random() < likelihood:
            try:
                os.fsync(descriptor)
            except OSError as error:
                if error.errno != errno.EIO or not self._is_failing:
                    raise
                self.failures += 1
                return
            synced()

    def _write(self):
        path = self._some_file() if self._chance.random() < 0.5 else None
        path = path or self._new_path()
        tag, content = self._content()
        if path in self._texts:
            self._replaced.append((self.trees[-1][path], self._texts[path]))
        self._texts[path] = tag.strip()

        def work(synced):
            with open(self._mount + path, 'wb', buffering=0) as file:
                for start in range(0, len(content), 100_000):
                    file.write(content[start : start + 100_000])
                self._sync(file.fileno(), synced)

        if path not in self.trees[-1]:
            self._halfway[len(self.trees)] = self.trees[-1] | {path: sha256(b'')}
        self._change(lambda tree: tree.update({path: sha256(content)}), work)

    def _append(self):
        path = self._some_file()
        if path is None:
            return
        with open(self._mount + path, 'rb') as file:
            content = file.read()
        line = self._content()[0].encode()
        # Its beginning is shared with the version before.
        self._texts.pop(path, None)

        def work(synced):
            with open(self._mount + path, 'ab', buffering=0) as file:
                file.write(line)
                self._sync(file.fileno(), synced)

        self._change(lambda tree: tree.update({path: sha256(content + line)}), work)

    def _sync_directory(self, path, synced):
        descriptor = os.open(os.path.dirname(self._mount + path), os.O_RDONLY)
        try:
            self._sync(descriptor, synced, 0.6)
        finally:
            os.close(descriptor)

    def _unlink(self):
        path = self._some_file()
        if path is None:
            return
        self._texts.pop(path, None)

        def work(synced):
            os.unlink(self._mount + path)
            self._sync_directory(path, synced)

        self._change(lambda tree: tree.pop(path), work)

    def _rename(self):
        source = self._some_file()
        if source is None:
            return
        other = self._some_file()
        target = other if self._chance.random() < 0.5 and other != source else self._new_path()
        self._texts.pop(target, None)
        if source in self._texts:
            self._texts[target] = self._texts.pop(source)

        def work(synced):
            os.rename(self._mount + source, self._mount + target)
            self._sync_directory(target, synced)

        self._change(lambda tree: tree.update({target: tree.pop(source)}), work)

    def _make_directory(self):
        path = self._new_path().removesuffix('.md')
        os.mkdir(self._mount + path)
        self._directories.append(path)

    def _other_store(self):
        """Made, forked, set aside, deleted."""
        if len(self._others) > 2 or (self._others and self._chance.random() < 0.3):
            name, store = self._others.pop(0)
            if self._chance.random() < 0.5 and self._api('POST', f'/stores/{name}/archive', {'archived': True}):
                self._marks.put('archived', name)
            self._marks.put('leaving', name)
            if self._api('DELETE', f'/stores/{name}', confirm=name):
                self._marks.put('deleted', [name, store])
            return
        self._count += 1
        name = f'other-{self._round}-{self._count}'
        tree = self.trees[-1] if self._chance.random() < 0.5 else {}
        self._marks.put('coming', name)
        if tree:
            answer = self._api('POST', f'/stores/{STORE}/fork', {'name': name})
            store = answer and answer[-1]['store']
        else:
            answer = self._api('POST', '/stores', {'name': name})
            store = answer and answer[-1]
        if answer:
            self._others.append((name, store['id']))
            self._marks.put('created', [name, tree])

    def _redact(self):
        if not self._replaced:
            return
        sha, text = self._replaced.pop(0)
        if sha in self.trees[-1].values():
            return
        version = next(record['version'] for record in self._daemon.log() if record['sha256'] == sha)
        request = {'versions': [version], 'agent': 'soak', 'session': 'sesn_soak'}
        if self._api('POST', f'/stores/{STORE}/redact', request):
            self._marks.put('redacted', [self._store, text])
