/** A FileSystem in memory, for the transport's own tests: names, data, xattrs, locks that wait. */
import { MemfsError, refusal } from '../../../dist/core/errors.js';

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const VALID = 60;

export class MemoryFileSystem {
  constructor() {
    this.nodes = new Map();
    this.nextIno = 2;
    this.waiting = new Map();
    this.locks = [];
    this.log = [];
    this.nodes.set(1, this.node(1, S_IFDIR | 0o755, { uid: 0, gid: 0 }));
  }

  node(ino, mode, { uid, gid }) {
    const now = Date.now() / 1000;
    const node = {
      ino,
      mode,
      uid,
      gid,
      nlink: 1,
      rdev: 0,
      data: Buffer.alloc(0),
      size: 0,
      xattrs: new Map(),
    };
    if ((mode & 0o170000) === S_IFDIR) Object.assign(node, { entries: new Map(), parent: ino, nlink: 2 });
    return Object.assign(node, { atime: now, mtime: now, ctime: now });
  }

  get(ino) {
    const node = this.nodes.get(ino);
    if (node === undefined) throw refusal('gone', 'no such inode');
    return node;
  }

  attr(node) {
    const sec = Math.floor(node.mtime);
    const nsec = Math.floor((node.mtime - sec) * 1e9);
    return {
      ino: node.ino,
      mode: node.mode,
      nlink: node.nlink,
      uid: node.uid,
      gid: node.gid,
      rdev: node.rdev,
      size: node.size,
      blocks: Math.ceil(node.size / 512),
      atimeSec: sec,
      atimeNsec: nsec,
      mtimeSec: sec,
      mtimeNsec: nsec,
      ctimeSec: sec,
      ctimeNsec: nsec,
    };
  }

  entry(node) {
    return { attr: this.attr(node), attrValid: VALID, entryValid: VALID };
  }

  find(parent, name) {
    const ino = this.get(parent).entries.get(name.toString('latin1'));
    if (ino === undefined) throw refusal('not_found', 'no such name');
    return this.get(ino);
  }

  add(context, parent, name, mode) {
    const directory = this.get(parent);
    const key = name.toString('latin1');
    if (directory.entries.has(key)) throw refusal('already_exists', 'the name exists');
    const node = this.node(this.nextIno++, mode & ~(context.umask ?? 0), context);
    node.parent = parent;
    this.nodes.set(node.ino, node);
    directory.entries.set(key, node.ino);
    return node;
  }

  resize(node, size) {
    if (size > node.data.length) {
      const data = Buffer.alloc(Math.max(size, node.data.length * 2));
      node.data.copy(data, 0, 0, node.size);
      node.data = data;
    } else node.data.fill(0, size, Math.max(size, node.size));
    node.size = size;
    node.mtime = Date.now() / 1000;
  }

  lookup(_, parent, name) {
    const ino = this.get(parent).entries.get(name.toString('latin1'));
    return ino === undefined ? { attr: null, entryValid: VALID } : this.entry(this.get(ino));
  }
  forget() {}
  getattr(_, ino) {
    return { attr: this.attr(this.get(ino)), attrValid: VALID };
  }
  setattr(_, ino, changes) {
    const node = this.get(ino);
    if (changes.mode !== undefined) node.mode = (node.mode & 0o170000) | (changes.mode & 0o7777);
    if (changes.uid !== undefined) node.uid = changes.uid;
    if (changes.gid !== undefined) node.gid = changes.gid;
    if (changes.size !== undefined) this.resize(node, changes.size);
    if (changes.mtime === 'now') node.mtime = Date.now() / 1000;
    else if (changes.mtime) node.mtime = changes.mtime.sec + changes.mtime.nsec / 1e9;
    return this.getattr(_, ino);
  }
  readlink(_, ino) {
    return this.get(ino).target;
  }
  mknod(context, parent, name, mode, rdev) {
    const node = this.add(context, parent, name, mode);
    node.rdev = rdev;
    return this.entry(node);
  }
  mkdir(context, parent, name, mode) {
    return this.entry(this.add(context, parent, name, S_IFDIR | (mode & 0o7777)));
  }
  symlink(context, parent, name, target) {
    const node = this.add(context, parent, name, S_IFLNK | 0o777);
    node.target = Buffer.from(target);
    node.size = target.length;
    return this.entry(node);
  }
  link(_, ino, newParent, newName) {
    const node = this.get(ino);
    node.nlink++;
    this.get(newParent).entries.set(newName.toString('latin1'), ino);
    return this.entry(node);
  }
  unlink(_, parent, name) {
    this.find(parent, name).nlink--;
    this.get(parent).entries.delete(name.toString('latin1'));
  }
  rmdir(_, parent, name) {
    if (this.find(parent, name).entries.size > 0) throw refusal('not_empty', 'not empty');
    this.get(parent).entries.delete(name.toString('latin1'));
  }
  rename(_, parent, name, newParent, newName, flags) {
    const node = this.find(parent, name);
    const target = this.get(newParent).entries;
    const key = newName.toString('latin1');
    if (flags === 1 && target.has(key)) throw refusal('already_exists', 'the name exists');
    this.get(parent).entries.delete(name.toString('latin1'));
    target.set(key, node.ino);
    node.parent = newParent;
  }

  open(_, ino, flags) {
    if (flags & O_TRUNC) this.resize(this.get(ino), 0);
    return { handle: ino, keepCache: true };
  }
  create(context, parent, name, mode) {
    const node = this.add(context, parent, name, S_IFREG | (mode & 0o7777));
    return { handle: node.ino, keepCache: true, entry: this.entry(node) };
  }
  tmpfile(context, _parent, mode) {
    const node = this.node(this.nextIno++, S_IFREG | (mode & 0o7777 & ~context.umask), context);
    node.nlink = 0;
    this.nodes.set(node.ino, node);
    return { handle: node.ino, keepCache: true, entry: this.entry(node) };
  }
  read(_, ino, __, offset, size) {
    const node = this.get(ino);
    const end = Math.min(node.size, offset + size);
    const pieces = [];
    for (let at = offset; at < end; at += 256 * 1024)
      pieces.push(node.data.subarray(at, Math.min(end, at + 256 * 1024)));
    return pieces;
  }
  write(_, ino, __, offset, data, { flags, fromCache }) {
    const node = this.get(ino);
    const at = flags & O_APPEND && !fromCache ? node.size : offset;
    if (at + data.length > node.size) this.resize(node, at + data.length);
    data.copy(node.data, at);
    return data.length;
  }
  flush(_, ino, __, owner) {
    this.locks = this.locks.filter(
      (lock) => lock.ino !== ino || lock.owner !== owner || lock.kind !== 'posix',
    );
    this.wake();
    return new Promise((resolve) => setImmediate(resolve));
  }
  release(_, ino, __, flockOwner) {
    this.locks = this.locks.filter((lock) => lock.ino !== ino || lock.owner !== flockOwner);
    this.wake();
  }
  fsync() {}
  fallocate(_, ino, __, offset, length, mode) {
    if (mode !== 0) throw refusal('unsupported', 'only plain allocation');
    const node = this.get(ino);
    if (offset + length > node.size) this.resize(node, offset + length);
  }
  lseek(_, ino, __, offset, whence) {
    const { size } = this.get(ino);
    if (offset >= size) throw refusal('no_such_extent', 'beyond the end');
    return whence === 3 ? offset : size;
  }
  copyFileRange(context, from, to, length) {
    const data = Buffer.concat(this.read(context, from.ino, from.handle, from.offset, length));
    return this.write(context, to.ino, to.handle, to.offset, data, { flags: 0, fromCache: false });
  }

  opendir(_, ino) {
    return { handle: ino, keepCache: false };
  }
  readdir(_, ino, __, offset, plus, sink) {
    const directory = this.get(ino);
    const all = [
      [Buffer.from('.'), directory],
      [Buffer.from('..'), this.get(directory.parent)],
    ];
    for (const [name, child] of directory.entries) all.push([Buffer.from(name, 'latin1'), this.get(child)]);
    for (let i = offset; i < all.length; i++) {
      const [name, node] = all[i];
      if (!sink.add(name, node.ino, node.mode, i + 1, plus && i > 1 ? this.entry(node) : null)) return;
    }
  }
  releasedir() {}
  fsyncdir() {}
  statfs() {
    return { blockSize: 4096, blocks: 1000, blocksFree: 500, files: 100, filesFree: 50, nameLength: 255 };
  }
  syncfs() {}

  getxattr(_, ino, name) {
    const value = this.get(ino).xattrs.get(name);
    if (value === undefined) throw refusal('no_such_attribute', 'no such attribute');
    return value;
  }
  listxattr(_, ino) {
    return [...this.get(ino).xattrs.keys()];
  }
  setxattr(_, ino, name, value) {
    this.get(ino).xattrs.set(name, Buffer.from(value));
  }
  removexattr(_, ino, name) {
    if (!this.get(ino).xattrs.delete(name)) throw refusal('no_such_attribute', 'no such attribute');
  }

  conflict(ino, lock) {
    return this.locks.find(
      (held) =>
        held.ino === ino &&
        held.kind === lock.kind &&
        held.owner !== lock.owner &&
        (held.type === 'write' || lock.type === 'write') &&
        held.start <= lock.end &&
        lock.start <= held.end,
    );
  }
  getlk(_, ino, __, lock) {
    return this.conflict(ino, lock) ?? null;
  }
  setlk(context, ino, _, lock, wait) {
    if (lock.type === 'unlock') {
      this.locks = this.locks.filter(
        (held) => held.ino !== ino || held.owner !== lock.owner || held.kind !== lock.kind,
      );
      return this.wake();
    }
    if (this.conflict(ino, lock) === undefined) {
      this.locks.push({ ...lock, ino });
      return undefined;
    }
    if (!wait) throw refusal('would_block', 'locked');
    return new Promise((resolve, reject) => this.waiting.set(context.unique, { ino, lock, resolve, reject }));
  }
  wake() {
    for (const [unique, { ino, lock, resolve }] of this.waiting) {
      if (this.conflict(ino, lock) !== undefined) continue;
      this.waiting.delete(unique);
      this.locks.push({ ...lock, ino });
      resolve();
    }
  }
  interrupt(unique) {
    this.waiting.get(unique)?.reject(new MemfsError('interrupted', 'interrupted'));
    this.waiting.delete(unique);
  }
  destroy() {}
}
