import type { RefusalRow } from '../../journal/records/refusals.js';
import { timestampOf } from '../past/tree-at.js';
import { showsFile } from '../scope/visible-records.js';
import { FileType, isDirectory } from '../store/mode.js';
import { commandsFor } from './advice.js';
import { ContentFile } from './content-file.js';
import { FixedDirectory } from './fixed-directory.js';
import type { ControlDirectory, ControlEntry, ControlNode, NodeAttributes } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';
import { TextFile } from './text-file.js';

const pageRefusals = 500;

/** `conflicts/<path>/<n>/{base,mine,theirs,info.json}`: what was not written because its file had moved on. */
export class ConflictsDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;
  /** Binary string, `/`-rooted; the root is empty. */
  readonly #path: string;

  constructor(parts: ControlParts, path = '') {
    this.#parts = parts;
    this.#path = path;
  }

  attributes(): NodeAttributes {
    return ownAttributes(this.#parts, FileType.directory);
  }

  find(name: Buffer): ControlNode | null {
    const text = name.toString('latin1');
    if (/^[1-9]\d*$/.test(text)) {
      const row = this.#parts.workspace.refusals.find(Buffer.from(this.#path, 'latin1'), Number(text));
      if (row !== undefined && showsFile(this.#parts.matcher, row.path))
        return conflictNode(this.#parts, row);
    }
    const path = `${this.#path}/${text}`;
    for (const row of this.#conflicts()) {
      const at = row.path.toString('latin1');
      if (at === path || at.startsWith(`${path}/`)) return new ConflictsDirectory(this.#parts, path);
    }
    return null;
  }

  *#conflicts(): Generator<RefusalRow> {
    const { refusals } = this.#parts.workspace;
    for (let after = 0; ; ) {
      const page = refusals.list({ after, limit: pageRefusals, conflictsOnly: true });
      for (const row of page) if (showsFile(this.#parts.matcher, row.path)) yield row;
      if (page.length < pageRefusals) return;
      after = page.at(-1)!.id;
    }
  }

  /** Every name keeps the offset of the first refusal that brought it. */
  list(): ControlEntry[] {
    const offsets = new Map<string, number>();
    for (const row of this.#conflicts()) {
      const path = row.path.toString('latin1');
      if (path === this.#path) offsets.set(String(row.number), row.id + 2);
      else if (path.startsWith(`${this.#path}/`)) {
        const [name] = path.slice(this.#path.length + 1).split('/');
        if (!offsets.has(name!)) offsets.set(name!, row.id + 2);
      }
    }
    return [...offsets].map(([name, offset]) => ({
      name: Buffer.from(name, 'latin1'),
      mode: FileType.directory,
      offset,
    }));
  }
}

function conflictNode(parts: ControlParts, row: RefusalRow): ControlNode {
  const { base, mine, theirs } = row;
  const kept = Object.entries({ base, mine, theirs }).filter(([, content]) => content !== null);
  const files = kept.map(([name, content]) => [
    name,
    new ContentFile(parts.workspace, content, attributesOf(parts, row)),
  ]);
  const info = new TextFile(parts, () => `${JSON.stringify(describe(parts, row), null, 2)}\n`);
  return new FixedDirectory(parts, { ...Object.fromEntries(files), 'info.json': info });
}

/** A conflict is for the eyes of those who may see its file. */
function attributesOf({ workspace, reader }: ControlParts, row: RefusalRow): Omit<NodeAttributes, 'size'> {
  const { mode, uid, gid } = reader.treeAt(undefined).attributes(row.ino, FileType.regular | 0o600);
  const isFile = !isDirectory(mode) && workspace.inodes.find(row.ino) !== undefined;
  return { mode: isFile ? mode : FileType.regular | 0o600, uid, gid, mtime: timestampOf(row.time_ms) };
}

function describe(parts: ControlParts, row: RefusalRow): object {
  const { number, time_ms, path, operation, code, cause, agent, session, mount } = row;
  return {
    path: path.toString('utf8'),
    number,
    time: new Date(time_ms).toISOString(),
    operation,
    code,
    cause,
    agent,
    session,
    mount,
    base_seq: row.base_seq,
    head_seq: row.head_seq,
    resolved: row.resolved_ms === null ? null : new Date(row.resolved_ms).toISOString(),
    resolution: row.resolution,
    commands: commandsFor(parts.view, row),
  };
}
