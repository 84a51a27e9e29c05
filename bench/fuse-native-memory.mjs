import { createRequire } from 'node:module';

/**
 * The smallest file system in memory over the optional package `fuse-native`, for comparison.
 * usage: fuse-native-memory.mjs DIR; ends with a sentence and status 1 where the package does not load.
 */
const directory = process.argv[2];
const Fuse = await load();
const nodes = new Map([['/', directoryNode()]]);

async function load() {
  try {
    return createRequire(import.meta.url)('fuse-native');
  } catch (error) {
    process.stderr.write(`fuse-native does not load: ${error.message.split('\n')[0]}\n`);
    process.exit(1);
  }
}

function node(mode) {
  const now = new Date();
  return { mode, mtime: now, atime: now, ctime: now, uid: process.getuid(), gid: process.getgid(), nlink: 1 };
}

function directoryNode() {
  return { ...node(0o40755), names: new Set(), content: Buffer.alloc(0), size: 4096 };
}

function fileNode(mode) {
  return { ...node(mode), content: Buffer.alloc(0), size: 0 };
}

const split = (path) => {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash) || '/', path.slice(slash + 1)];
};

function add(path, entry, reply) {
  const [parent, name] = split(path);
  nodes.get(parent).names.add(name);
  nodes.set(path, entry);
  reply(0, 0);
}

function remove(path, reply) {
  const [parent, name] = split(path);
  nodes.get(parent).names.delete(name);
  nodes.delete(path);
  reply(0);
}

function move(from, to, reply) {
  const entry = nodes.get(from);
  remove(from, () => undefined);
  add(to, entry, reply);
}

function resize(entry, size) {
  if (size > entry.content.length) {
    const grown = Buffer.alloc(Math.max(size, 2 * entry.content.length));
    entry.content.copy(grown);
    entry.content = grown;
  }
  entry.size = size;
}

const operations = {
  getattr: (path, reply) => (nodes.has(path) ? reply(0, nodes.get(path)) : reply(Fuse.ENOENT)),
  readdir: (path, reply) => reply(0, [...nodes.get(path).names]),
  mkdir: (path, _mode, reply) => add(path, directoryNode(), reply),
  create: (path, mode, reply) => add(path, fileNode(mode), reply),
  open: (_path, _flags, reply) => reply(0, 0),
  release: (_path, _handle, reply) => reply(0),
  unlink: remove,
  rmdir: remove,
  rename: move,
  utimens: (_path, _atime, _mtime, reply) => reply(0),
  truncate: (path, size, reply) => {
    resize(nodes.get(path), size);
    reply(0);
  },
  read: (path, _handle, buffer, length, position, reply) => {
    const { content, size } = nodes.get(path);
    reply(content.copy(buffer, 0, position, Math.min(position + length, size)));
  },
  write: (path, _handle, buffer, length, position, reply) => {
    const entry = nodes.get(path);
    resize(entry, Math.max(entry.size, position + length));
    buffer.copy(entry.content, position, 0, length);
    reply(length);
  },
};

new Fuse(directory, operations, { force: true }).mount((error) => {
  if (error) {
    process.stderr.write(`fuse-native does not mount: ${error.message}\n`);
    process.exit(1);
  }
});
