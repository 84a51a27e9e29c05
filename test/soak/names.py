"""A tree whose names one mount changes and the other looks up, before and after."""
import os
import random


class Names:
    """What the tree holds is known: `paths` has every path in it, with whether it is a directory."""

    def __init__(self, mounts, seed=7):
        self._roots = [f'{mount}/names' for mount in mounts]
        self._random = random.Random(seed)
        self._paths = {}
        os.mkdir(self._roots[0])
        os.makedirs(f'{mounts[1]}/stand/deep')
        os.chdir(f'{mounts[1]}/stand/deep')
        self._standing = os.getcwd()

    def _some(self, is_directory):
        return self._random.choice([path for path, kind in self._paths.items() if kind == is_directory] or [None])

    def _free(self):
        """A path in the root or in a directory of it; no deeper, so that many meet."""
        parent = self._random.choice(['', *(f'{path}/' for path, kind in self._paths.items() if kind and '/' not in path)])
        taken = [name for name in (f'{parent}{letter}' for letter in 'abcdef') if name not in self._paths]
        return self._random.choice(taken or [None])

    def _below(self, path):
        return [each for each in self._paths if each.startswith(f'{path}/')]

    def _step(self):
        """What to do next and the paths that it is about: (function of the root, touched, paths after it)."""
        file, other, directory, free = self._some(False), self._some(False), self._some(True), self._free()
        after = dict(self._paths)
        kind = self._random.choice(['create', 'directory', 'unlink', 'rename', 'replace', 'move', 'rmdir'])
        if kind in ('create', 'directory') and free:
            after[free] = kind == 'directory'
            make = os.mkdir if after[free] else lambda path: open(path, 'x').close()
            return lambda root: make(f'{root}/{free}'), [free], after
        if kind == 'unlink' and file:
            del after[file]
            return lambda root: os.unlink(f'{root}/{file}'), [file], after
        if kind in ('rename', 'replace') and file:
            target = free if kind == 'rename' else other
            if target and target != file:
                del after[file]
                after[target] = False
                return lambda root: os.replace(f'{root}/{file}', f'{root}/{target}'), [file, target], after
        if kind == 'move' and directory and '/' not in directory:
            target = f'{directory}-{self._random.randrange(100)}'
            moved = [directory, *self._below(directory)]
            for path in moved:
                after[target + path[len(directory) :]] = after.pop(path)
            touched = [*moved, *(target + path[len(directory) :] for path in moved)]
            return lambda root: os.rename(f'{root}/{directory}', f'{root}/{target}'), touched, after
        if kind == 'rmdir' and directory and not self._below(directory):
            del after[directory]
            return lambda root: os.rmdir(f'{root}/{directory}'), [directory], after
        return self._step()

    def _wrong(self, reader, paths):
        for path in paths:
            there = f'{self._roots[reader]}/{path}'
            seen = (os.path.isdir(there) if os.path.lexists(there) else None)
            if seen != self._paths.get(path):
                yield f'{path}: {seen} is seen, it is {self._paths.get(path)}'

    def round(self, number):
        """What is seen wrongly after one change through one of the mounts."""
        reader = 1 - number % 2
        change, touched, after = self._step()
        looked_at = [*touched, *self._random.sample(sorted(self._paths), min(3, len(self._paths)))]
        wrong = [f'before: {each}' for each in self._wrong(reader, looked_at)]
        try:
            change(self._roots[1 - reader])
        except OSError as error:
            return [*wrong, f'a change is refused: {error}']
        self._paths = after
        wrong += self._wrong(reader, looked_at)
        if number % 50 == 0:
            root = self._roots[reader]
            listed = {os.path.relpath(os.path.join(at, name), root) for at, *names in os.walk(root) for name in sum(names, [])}
            if listed != set(self._paths):
                wrong.append(f'the listing differs in {sorted(listed ^ set(self._paths))[:5]}')
        try:
            if os.getcwd() != self._standing:
                wrong.append(f'it stands in {os.getcwd()}')
        except OSError as error:
            wrong.append(f'getcwd: {error}')
        return wrong
