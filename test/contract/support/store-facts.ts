/** All that a store holds, read by SQL from its file at rest: to be compared with what was salvaged of it. */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { decodeNumbers } from '../../../src/journal/number-list.js';

export interface StoreFacts {
  readonly head: number;
  readonly chain: string;
  /** By record: path and hash of its content. */
  readonly versions: ReadonlyMap<number, { readonly path: string; readonly sha256: string }>;
  /** Of every branch that is there: `branch:path` to what is there, without mode and times. */
  readonly names: ReadonlyMap<string, string>;
  /** `branch:path` to mode, owner and times. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly xattrs: ReadonlySet<string>;
  readonly conflicts: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
  /** Hashes of contents that are whole. */
  readonly contents: ReadonlySet<string>;
  readonly settings: string;
}

const segmentBytes = 262_144;
const text = (bytes: Buffer): string => bytes.toString('latin1');

export function storeFacts(path: string): StoreFacts {
  const database = new Database(path, { readonly: true });
  try {
    return new Facts(database).all();
  } finally {
    database.close();
  }
}

interface Inode {
  readonly ino: number;
  readonly mode: number;
  readonly content: number | null;
  readonly memory: number | null;
  readonly target: Buffer | null;
  readonly attributes: string;
}

class Facts {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  all(): StoreFacts {
    const newest = this.#rows<{ seq: number; chain: Buffer }>(
      'SELECT seq, chain FROM records ORDER BY seq DESC LIMIT 1',
    )[0]!;
    const [names, attributes] = [new Map<string, string>(), new Map<string, string>()];
    for (const { id, name } of this.#rows<{ id: number; name: string }>(
      'SELECT id, name FROM branches WHERE dropped_seq IS NULL',
    ))
      this.#tree(id, name, names, attributes);
    return {
      head: newest.seq,
      chain: newest.chain.toString('hex'),
      versions: this.#versions(),
      names,
      attributes,
      xattrs: this.#set('SELECT branch, ino, name, hex(value) FROM xattrs'),
      conflicts: this.#set(
        `SELECT f.id, f.agent, f.cause, hex(f.path), hex(b.sha256), hex(m.sha256), hex(t.sha256) FROM refusals f
           LEFT JOIN contents b ON b.id = f.base LEFT JOIN contents m ON m.id = f.mine LEFT JOIN contents t ON t.id = f.theirs`,
      ),
      reads: this.#set('SELECT session, seq, time_ms FROM reads'),
      contents: new Set(this.#hashes().values()),
      settings: JSON.stringify(
        this.#rows("SELECT key, value FROM meta WHERE key IN ('store', 'created_ms', 'retention')"),
      ),
    };
  }

  #rows<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  #set(sql: string): Set<string> {
    return new Set(this.#rows<object>(sql).map((row) => JSON.stringify(Object.values(row))));
  }

  #versions(): Map<number, { path: string; sha256: string }> {
    const rows = this.#rows<{ seq: number; path: Buffer; sha256: Buffer }>(
      'SELECT r.seq, r.path, c.sha256 FROM records r JOIN contents c ON c.id = r.content',
    );
    return new Map(
      rows.map(({ seq, path, sha256 }) => [seq, { path: text(path), sha256: sha256.toString('hex') }]),
    );
  }

  /** Of what the bytes are, whatever the rows say. */
  #hashes(): Map<number, string> {
    const rows = this.#rows<{ id: number; size: number; segments: Buffer }>(
      'SELECT id, size, segments FROM contents',
    );
    const piece = this.#database.prepare(
      'SELECT position, data FROM pieces WHERE position >= ? AND position < ? ORDER BY position',
    );
    return new Map(
      rows.map(({ id, size, segments }) => {
        const bytes = Buffer.alloc(size);
        for (const [index, segment] of decodeNumbers(segments).entries()) {
          const start = segment * segmentBytes;
          const found = segment === 0 ? [] : piece.all(start, start + segmentBytes);
          for (const { position, data } of found as { position: number; data: Buffer }[])
            data.copy(bytes, index * segmentBytes + position - start);
        }
        return [id, createHash('sha256').update(bytes).digest('hex')];
      }),
    );
  }

  #tree(
    branch: number,
    branchName: string,
    names: Map<string, string>,
    attributes: Map<string, string>,
  ): void {
    const hashes = this.#hashes();
    const inodes = new Map(
      this.#rows<Omit<Inode, 'attributes'> & { uid: number; mtime_sec: number }>(
        'SELECT ino, mode, uid, mtime_sec, content, memory, target FROM inodes WHERE branch = ?',
        branch,
      ).map((row) => [row.ino, { ...row, attributes: `${row.mode} ${row.uid} ${row.mtime_sec}` }]),
    );
    const children = this.#database.prepare(
      'SELECT name, ino FROM entries WHERE branch = ? AND parent = ? AND to_seq IS NULL ORDER BY name',
    );
    const walk = (parent: number, at: string): void => {
      for (const { name, ino } of children.all(branch, parent) as { name: Buffer; ino: number }[]) {
        const path = `${at}/${text(name)}`;
        const key = `${branchName}:${path}`;
        const inode = inodes.get(ino)!;
        const type = inode.mode & 0o170000;
        const what = inode.target?.toString('latin1') ?? hashes.get(inode.content ?? -1) ?? '';
        names.set(key, `${type.toString(8)} ${inode.memory} ${what}`);
        attributes.set(key, inode.attributes);
        if (type === 0o040000) walk(ino, path);
      }
    };
    walk(1, '');
  }
}
