import { operations, type RecordRow } from '../../journal/records/records.js';
import type { EntryInterval } from '../../journal/tree/entries.js';
import { timestampOf } from '../past/tree-at.js';
import { isHiddenElsewhere } from '../scope/least-access.js';
import { showsDirectory, showsFile, visibleRecord } from '../scope/visible-records.js';
import { FileType, isDirectory } from '../store/mode.js';
import { rootIno } from '../store/workspace.js';
import { ContentFile } from './content-file.js';
import type { ControlDirectory, ControlEntry, ControlNode, NodeAttributes } from './node.js';
import { type ControlParts, ownAttributes } from './parts.js';

/** The meanings of a path: the memory there now or the dead ones, and the directories of that name. */
interface Place {
  /** `/`-rooted raw bytes. */
  readonly path: Buffer;
  readonly directories: readonly number[];
  readonly memories: readonly number[];
}

const pageStates = 500;
const seqDigits = 9;
const slash = Buffer.from('/');

/** `history/<path>/`: every version of a memory as a file, in directories that mirror the tree and its dead. */
export class HistoryDirectory implements ControlDirectory {
  readonly kind = 'directory';
  readonly #parts: ControlParts;
  readonly #place: Place;

  constructor(
    parts: ControlParts,
    place: Place = { path: Buffer.alloc(0), directories: [rootIno], memories: [] },
  ) {
    this.#parts = parts;
    this.#place = place;
  }

  attributes(): NodeAttributes {
    const own = ownAttributes(this.#parts, FileType.directory);
    const [directory] = this.#place.directories;
    if (directory === undefined) return own;
    const { mode, uid, gid } = this.#parts.reader.treeAt(undefined).attributes(directory, own.mode);
    return { ...own, mode, uid, gid };
  }

  find(name: Buffer): ControlNode | null {
    return this.#version(name) ?? this.#below(name);
  }

  #version(name: Buffer): ControlNode | null {
    const [, digits] = /^(\d+)-/.exec(name.toString('latin1')) ?? [];
    if (digits === undefined || this.#place.memories.length === 0) return null;
    const { history, matcher } = this.#parts;
    const [row] = history.statesOf(this.#place.memories, Number(digits) - 1, 1);
    const shown = row === undefined ? null : visibleRecord(matcher, row);
    if (shown === null || shown.removed_by !== null) return null;
    if (nameOf(shown) !== name.toString('latin1')) return null;
    return this.#file(shown);
  }

  #file({ ino, seq, time_ms, content }: RecordRow): ControlNode {
    const { reader, workspace } = this.#parts;
    const { mode, uid, gid } = reader.treeAt(seq).attributes(ino, FileType.regular | 0o644);
    return new ContentFile(workspace, content, { mode, uid, gid, mtime: timestampOf(time_ms) });
  }

  #below(name: Buffer): ControlNode | null {
    const { entries } = this.#parts.workspace;
    const path = Buffer.concat([this.#place.path, slash, name]);
    const ever = this.#place.directories.flatMap((directory) => entries.everNamed(directory, name));
    const { directories, memories } = this.#standingFor(path, ever);
    if (directories.length === 0 && memories.length === 0) return null;
    return new HistoryDirectory(this.#parts, { path, directories, memories });
  }

  /** What went on under another name is found there; what ended here is found here. */
  #standingFor(path: Buffer, intervals: readonly EntryInterval[]): Place {
    const { history, matcher, workspace } = this.#parts;
    const directories = new Set<number>();
    const memories = new Set<number>();
    for (const { ino, memory, to_seq } of intervals) {
      if (memory !== null) {
        const shows =
          to_seq === null ? !isHiddenElsewhere(workspace, matcher, ino) : history.endOf(memory) === to_seq;
        if (shows) memories.add(memory);
      } else if (to_seq === null || workspace.entries.ofInode(ino).length === 0) {
        if (this.#isDirectory(ino, to_seq)) directories.add(ino);
      }
    }
    return {
      path,
      directories: showsDirectory(matcher, path) ? [...directories] : [],
      memories: showsFile(matcher, path) ? [...memories] : [],
    };
  }

  #isDirectory(ino: number, toSeq: number | null): boolean {
    const { inodes, inodeTable } = this.#parts.workspace;
    const past = toSeq === null ? undefined : inodeTable.pastAttributes(ino, toSeq - 1);
    return isDirectory((past ?? inodes.find(ino))?.mode ?? 0);
  }

  /** Offsets of versions are even, those of names are odd. */
  list(): ControlEntry[] {
    return [...this.#versions(), ...this.#names()].sort((a, b) => a.offset - b.offset);
  }

  *#versions(): Generator<ControlEntry> {
    const { history, matcher } = this.#parts;
    if (this.#place.memories.length === 0) return;
    for (let after = 0; ; ) {
      const page = history.statesOf(this.#place.memories, after, pageStates);
      for (const row of page) {
        const shown = visibleRecord(matcher, row);
        if (shown !== null && shown.removed_by === null)
          yield { name: Buffer.from(nameOf(shown)), mode: FileType.regular, offset: shown.seq * 2 + 2 };
        after = row.seq;
      }
      if (page.length < pageStates) return;
    }
  }

  *#names(): Generator<ControlEntry> {
    const { entries } = this.#parts.workspace;
    const byName = new Map<string, EntryInterval[]>();
    for (const interval of this.#place.directories.flatMap((directory) => entries.everIn(directory))) {
      const name = interval.name.toString('latin1');
      byName.set(name, [...(byName.get(name) ?? []), interval]);
    }
    for (const intervals of byName.values()) {
      const { name, id } = intervals[0]!;
      const place = this.#standingFor(Buffer.concat([this.#place.path, slash, name]), intervals);
      if (place.directories.length > 0 || place.memories.length > 0)
        yield { name, mode: FileType.directory, offset: id * 2 + 3 };
    }
  }
}

/** `<seq>-<operation>-<agent>`, so that names sort as time goes. */
function nameOf({ seq, operation, agent }: RecordRow): string {
  const safeAgent = agent.replace(/[^\w.@+-]/g, '_').slice(0, 64);
  return `${String(seq).padStart(seqDigits, '0')}-${operations[operation]}-${safeAgent}`;
}
