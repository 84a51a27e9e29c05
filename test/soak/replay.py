"""The journal, read again from its beginning by somebody else than memfsd."""

WRITTEN = ('created', 'modified', 'merged')


class Replay:
    def __init__(self, records):
        # path -> SHA-256
        self.tree = {}
        # SHA-256 -> records that brought it into the journal; moving a file does not
        self.written = {}
        self.problems = []
        self._departed = None
        before = None
        for record in records:
            expected = 1 if before is None else before['seq'] + 1
            if record['seq'] != expected:
                self.problems.append(f'record {expected} is missing')
            self._apply(record, before)
            before = record

    def _apply(self, record, before):
        operation, path, sha256 = record['operation'], record['path'], record['sha256']
        if operation in WRITTEN:
            # What was moved away gets an identity of its own when its old name is taken again: nothing was written.
            if not self._is_move(record, before) and self.tree.get(path) != sha256:
                self.written.setdefault(sha256, []).append(record)
            self.tree[path] = sha256
        elif operation == 'renamed':
            if self.tree.pop(record['previous_path'], None) != sha256:
                self.problems.append(f'record {record["seq"]} moves what is not there')
            self.tree[path] = sha256
        elif operation == 'deleted':
            self._departed = self.tree.pop(path, None)
            if self._departed is None:
                self.problems.append(f'record {record["seq"]} deletes what is not there')

    def _is_move(self, record, before):
        """A rename over another memory is the end of the one and a version of the other."""
        return (
            before is not None
            and before['operation'] == 'deleted'
            and before['session'] == record['session']
            and self._departed == record['sha256']
        )
