"""What must be found after a cut, by the marks before it."""
import os

from daemon import STORE


class Expected:
    def __init__(self, redacted):
        """`redacted`: texts that earlier rounds took away for good."""
        self.redacted = list(redacted)
        self._begun = self._done = self._synced = 0
        self._stores = {}
        self._mounts = set()
        self._deleted = []

    def mark(self, kind, value):
        if kind == 'begun':
            self._begun = value
        elif kind == 'done':
            self._done = value
        elif kind == 'synced':
            self._synced = value
        elif kind in ('coming', 'leaving'):
            self._stores[value] = None
        elif kind == 'created':
            name, tree = value
            self._stores[name] = {'tree': tree, 'archived': 0}
        elif kind == 'archived':
            self._stores[value]['archived'] = 1
        elif kind == 'deleted':
            name, store = value
            self._stores[name] = 'deleted'
            self._deleted.append(store)
        elif kind == 'mounted':
            self._mounts.add(value)
        elif kind == 'redacted':
            self.redacted.append(value)

    def problems(self, found, work, mode):
        """`found`: of power_states.mjs. Mode 'kept': only the process died, so what `close` acknowledged counts."""
        if 'failed' in found:
            yield found['failed']
            return
        for name, store in found['stores'].items():
            if store['problem'] is not None:
                yield f'the store {name}: {store["problem"]}'
            if name not in self._stores or self._stores[name] == 'deleted':
                yield f'the store {name} should not be there'
        for name, store in self._stores.items():
            if isinstance(store, dict):
                yield from self._store(name, store, found['stores'].get(name), work, mode)
        for path in self._mounts - set(found['mounts']):
            yield f'{path} is not to be mounted any more'
        for store in self._deleted:
            if any(name.startswith(store) for name in found['files']):
                yield f'files of the deleted store {store} are there'

    def _store(self, name, expected, found, work, mode):
        if found is None:
            yield f'the store {name} is gone'
        elif found['archived'] < expected['archived']:
            yield f'the store {name} is not archived any more'
        elif name != STORE:
            if found['tree'] != expected['tree']:
                yield f'the store {name} has another tree than when it was made'
        else:
            first = self._done if mode == 'kept' else self._synced
            if found['tree'] not in work.states(first, self._begun):
                yield f'not a state from {first} to {self._begun}: {nearest(found["tree"], work.trees, first)}'

    def problems_of_files(self, data):
        """Before anything opens them."""
        for name in os.listdir(f'{data}/stores') if os.path.isdir(f'{data}/stores') else []:
            with open(f'{data}/stores/{name}', 'rb') as file:
                content = file.read()
            for store, text in self.redacted:
                # A fork keeps what it was forked with.
                if name.startswith(store) and text.encode() in content:
                        yield f'{name} still holds {text}, which was redacted'


def nearest(tree, trees, first):
    """Says what is wrong with a tree."""
    if tree is None:
        return 'no tree'
    wanted = trees[first]
    different = [path for path in sorted(tree.keys() | wanted.keys()) if tree.get(path) != wanted.get(path)]
    same = f'the state {trees.index(tree)}, ' if tree in trees else ''
    return f'{same}against {first}, {different} of {len(wanted)} differ'
