/**
 * Eight files, `f0` to `f7`, whose bytes lie in one backing file each: nothing is kept in memory, and every
 * operation may be repeated, so that an engine killed at any time can be followed by another. FLUSH takes its
 * time, so that most deaths leave a request unanswered.
 */
import { fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { MemoryFileSystem } from './memory-file-system.mjs';

const O_TRUNC = 0o1000;

export class StoredFileSystem extends MemoryFileSystem {
  constructor(directory, seen) {
    super();
    this.seen = seen;
    for (let i = 0; i < 8; i++) {
      const node = this.add({ uid: 0, gid: 0 }, 1, Buffer.from(`f${i}`), 0o100644);
      node.file = openSync(`${directory}/f${i}`, 'a+');
      node.out = openSync(`${directory}/f${i}`, 'r+');
    }
  }
  attr(node) {
    return { ...super.attr(node), size: node.file === undefined ? 0 : fstatSync(node.file).size };
  }
  entry(node) {
    return { attr: this.attr(node), attrValid: 0, entryValid: 0 };
  }
  lookup(context, parent, name) {
    if (context.resent) this.seen('resent');
    return super.lookup(context, parent, name);
  }
  getattr(context, ino) {
    if (context.resent) this.seen('resent');
    return { attr: this.attr(this.get(ino)), attrValid: 0 };
  }
  setattr(context, ino, changes) {
    if (changes.size !== undefined) ftruncateSync(this.get(ino).out, changes.size);
    return this.getattr(context, ino);
  }
  open(_, ino, flags) {
    if (flags & O_TRUNC) ftruncateSync(this.get(ino).out, 0);
    return { handle: ino, keepCache: false };
  }
  read(_, ino, __, offset, size) {
    const data = Buffer.alloc(size);
    return [data.subarray(0, readSync(this.get(ino).file, data, 0, size, offset))];
  }
  write(context, ino, __, offset, data) {
    if (context.resent) this.seen('resent');
    return writeSync(this.get(ino).out, data, 0, data.length, offset);
  }
  flush(context) {
    if (context.resent) this.seen('resent');
    return new Promise((resolve) => setTimeout(resolve, 10));
  }
  release() {}
}
