"""What must hold after any number of sessions have worked on a store."""
import collections
import datetime
import hashlib
import os

from replay import Replay
from workload import SETUP, content_of

# How often what an operation wrote may be found, by what came of the operation.
ALLOWED = {'done': [1], 'in doubt': [0, 1]}
UNFINISHED = 'its mount ended while it was being written'


def prefixes(content):
    """The SHA-256 of every beginning of it."""
    state = hashlib.sha256()
    for byte in content:
        yield state.hexdigest()
        state.update(bytes([byte]))
    yield state.hexdigest()


class Checks:
    def __init__(self, daemon, entries):
        self.problems = []
        self._entries = entries
        self._records = daemon.log()
        self._conflicts = daemon.conflicts()
        self._by_seq = {record['seq']: record for record in self._records}
        self._replay = Replay(self._records)
        self.problems += self._replay.problems
        self._removals = collections.defaultdict(list)
        for entry in entries:
            if entry['operation'] in ('delete', 'replace') and entry['outcome'] in ('done', 'in doubt'):
                self._removals[entry.get('to', entry['path'])].append(entry)
        self._versions()
        self._refusals()
        self._invented()
        mount = daemon.mounts[0]
        self._appends(mount)
        self._tree(mount)
        report = daemon.verify()
        if not report['ok']:
            self.problems.append(f'verify: {report["first_bad"]}')
        self.summary = f'{len(self._records)} records, {len(self._conflicts)} conflicts'

    def _with(self, outcome):
        return (entry for entry in self._entries if entry['outcome'] == outcome)

    def _versions(self):
        """Every acknowledged content is one version of the session that wrote it; no refused one is any."""
        intended = {}
        for entry in self._entries:
            if 'sha256' not in entry:
                continue
            intended[entry['sha256']] = entry
            records = self._replay.written.get(entry['sha256'], [])
            # What was refused its place only has been written before.
            outcome = 'done' if entry.get('stage') == 'rename' else entry['outcome']
            allowed = ALLOWED.get(outcome, [0])
            if len(records) == 0 and self._removed_meanwhile(entry):
                continue
            if len(records) not in allowed:
                self.problems.append(f'{len(records)} versions of {entry}')
            for record in records:
                if record['session'] != entry['session'] or not record['claimed']:
                    self.problems.append(f'record {record["seq"]} is not of the session of {entry}')
        for sha256, records in self._replay.written.items():
            if sha256 not in intended and records[0]['session'] != SETUP and not records[0]['path'].startswith('/logs/'):
                self.problems.append(f'nobody wrote {records[0]}')

    def _removed_meanwhile(self, entry):
        """What is written to a file that has just lost its name makes no version, as on any file system."""
        return any(
            other['begin'] < entry['end'] and entry['begin'] < other['end']
            for other in self._removals.get(entry['path'], [])
        )

    def _refusals(self):
        """What was refused can be found again, with its bytes where there were any."""
        of_session = collections.defaultdict(list)
        for conflict in self._conflicts:
            of_session[conflict['session']].append(conflict)
        for entry in self._with('refused'):
            hashes = {conflict['mine_sha256'] for conflict in of_session[entry['session']]}
            # How far a write came when it was refused, only the kernel knows.
            wrote = entry['stage'] in ('write', 'close')
            if not hashes or (wrote and hashes.isdisjoint(prefixes(content_of(entry['tag'], entry['count'])))):
                self.problems.append(f'no conflict of {entry}')

    def _invented(self):
        """Every conflict came of a call of that session, and another session did stand in its way."""
        calls = collections.defaultdict(list)
        for entry in self._entries:
            calls[entry['session']].append(entry)
        for conflict in self._conflicts:
            session = calls[conflict['session']]
            if conflict['cause'] == UNFINISHED:
                # Kept when the mount had ended: of an overwrite whose close did not return.
                paths = {entry['path'] for entry in session if entry['outcome'] == 'in doubt'}
                is_known = conflict['path'] in paths
            else:
                is_known = self._was_called(session, conflict) and self._stood_in_the_way(conflict)
            if not is_known:
                self.problems.append(f'an invented conflict: {conflict}')

    def _was_called(self, session, conflict):
        time = datetime.datetime.fromisoformat(conflict['time'].replace('Z', '+00:00')).timestamp()
        # The kernel repeats what was refused by its name: by then the name may be free.
        return any(
            entry['begin'] - 0.001 <= time <= entry['end'] + 0.001
            and (entry['outcome'] != 'done' or conflict['operation'] in ('open', 'unlink', 'rename'))
            for entry in session
        )

    def _stood_in_the_way(self, conflict):
        """Another session has changed the memory since the version that the refused one knew."""
        known, head = (self._by_seq.get(conflict[name]) for name in ('base_seq', 'head_seq'))
        if known is None or head is None:
            return True
        return any(
            record['session'] != conflict['session']
            for seq in range(known['seq'] + 1, head['seq'] + 1)
            if (record := self._by_seq[seq])['memory'] == head['memory']
        )

    def _appends(self, mount):
        """Nobody overwrites the logs: each line that was acknowledged is there, once, and whole."""
        lines = collections.Counter()
        for name in sorted(os.listdir(f'{mount}/logs')):
            with open(f'{mount}/logs/{name}', encoding='utf8') as file:
                lines.update((f'/logs/{name}', line) for line in file.read().splitlines())
        appended = [entry for entry in self._entries if entry['operation'] == 'append']
        for entry in appended:
            count = lines.pop((entry['path'], entry['tag']), 0)
            if count not in ALLOWED.get(entry['outcome'], [0]):
                self.problems.append(f'{count} lines of {entry}')
        self.problems += [f'nobody appended {line}' for line in lines]

    def _tree(self, mount):
        """What the mount shows is what the journal says."""
        shown = {}
        for directory, _, names in os.walk(mount):
            for name in names:
                path = f'{directory}/{name}'
                with open(path, 'rb') as file:
                    shown[path.removeprefix(mount)] = hashlib.sha256(file.read()).hexdigest()
        for path in shown.keys() | self._replay.tree.keys():
            if shown.get(path) != self._replay.tree.get(path):
                self.problems.append(f'{path} is {shown.get(path)}, by the journal {self._replay.tree.get(path)}')
