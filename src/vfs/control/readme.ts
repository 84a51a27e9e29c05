import { placeOf } from './advice.js';
import type { ControlParts } from './parts.js';

/** `README.md`: how an agent uses this mount, in under 60 lines. */
export function readmeText({ view, workspace }: ControlParts): string {
  const { scope, actor, precondition, place, at } = view;
  const here = placeOf(view, '');
  const name = place === undefined ? workspace.storeId : `"${place.storeName}"`;
  return `# Memory store ${name}, mounted at ${here}

This is the mount of agent ${actor.agent}, session ${actor.session}. Files here are memories; every change of one is
kept as a version with your name. Use ordinary tools: ls, cat, grep, sed, mv, rm, > and >>.

## Who you are
- You are the mount's session, unless your session was begun for you (\`memfsd run\`, \`memfsd session begin --pid\`), or
  the program that asks was started with another MEMFSD_SESSION in its environment.
- \`export MEMFSD_SESSION=x\` in a shell that runs is seen by nobody: it counts for what is started afterwards (\`cp a b\`),
  not for the shell's own \`> file\` and \`>> file\`. For these too: \`memfsd session begin --pid $$ --session x\`.

## What you may do
${at === undefined ? '' : `- This is the past (${at}): nothing can be changed.\n`}${rights(scope.mode, scope.rules)}

## Writing
- A version is made when a changed file is closed. Others see it then, and you see theirs.
${preconditions[precondition]}
- \`>>\` never fails for that reason: what is appended goes behind whatever is there.
- To claim work, let a rename decide: \`mv queue/x claimed/$MEMFSD_SESSION-x\` has exactly one winner.
- flock(1) and fcntl locks hold across all mounts of the store.

## When a write fails
- "Stale file handle" (ESTALE): somebody else has changed the file since you read it. Read the file again, then write again.
  What you wrote to a file that was open already is kept in \`.memfs/conflicts/<path>/<n>/mine\`, beside \`base\` and
  \`theirs\`. Where the open was refused (\`echo x > file\`) nothing was written, so there is no \`mine\`: keep the text.
- A shell builtin does not see an error of close. \`tail -n 1 .memfs/errors.jsonl\` says what was refused last, why, and
  the commands to look and to try again.
- "Disk quota exceeded" (EDQUOT): this session, or all of them, have written too much too fast, or the store is full.
  \`tail -n 1 .memfs/errors.jsonl\` says until when. Stop what writes in a loop; reading and removing go on.
- "Read-only file system", "Permission denied", "Operation not permitted": see \`.memfs/status.json\` (a session that has
  ended changes nothing any more).

## Looking back (all of it read-only; cat, grep -r, diff -r, cp -a work)
    ls .memfs/history/notes.md/                every version of a file: <number>-<operation>-<agent>
    cat .memfs/history/notes.md/*12-*          the version of record 12; deleted files have a history too
    cat .memfs/blame/notes.md                  who wrote each line, and when
    diff -r .memfs/at/12 .                     the whole store after record 12, beside the present
    ls .memfs/at/2026-11-21T12:00:00Z/         the same by time (RFC 3339)
    tail -n 5 .memfs/log.jsonl                 what happened last, one JSON line a record
    ls .memfs/dreams/                          what dreams propose: diff -ru base tree, report.md
    timeout 60 head -n 1 .memfs/events         wait for the next change, whoever makes it
    cat .memfs/status.json                     store, scope, session, head, recent refusals

\`.memfs\` is not listed by \`ls -a\` of the root, nor events by \`ls .memfs\`: tools that walk trees pass them by.
`;
}

function rights(
  mode: string,
  rules: readonly { readonly pattern: string; readonly access: string }[],
): string {
  const lines = rules.map(({ pattern, access }) => `    ${pattern}  ${words[access === 'rw' ? 'rw' : 'ro']}`);
  if (rules.length === 0)
    return mode === 'read_only' ? '- Read everything, change nothing.' : '- Read and change everything.';
  const limit = mode === 'read_only' ? ' This mount changes nothing, whatever they say.' : '';
  return [
    `- By path; the first pattern that matches decides, and what matches none is not there.${limit}`,
    ...lines.slice(0, shownRules),
    ...(lines.length > shownRules ? [`    and ${lines.length - shownRules} more: .memfs/status.json`] : []),
  ].join('\n');
}

const shownRules = 15;
const words = { rw: 'read and change', ro: 'read' };

const preconditions = {
  observed:
    '- A write to a file that you have read is refused when another session has changed it since. Reading it again lets ' +
    'the\n  next write through.',
  strict:
    '- You must have read a file before you may overwrite it, and nobody may have changed it since. Reading it again ' +
    'lets\n  the next write through.',
  off: '- The last write wins; what it replaced is in the history.',
};
