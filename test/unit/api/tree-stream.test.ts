import { describe, expect, it } from 'vitest';
import { decodeTree, encodeTree, type SourceEntry } from '../../../src/api/tree-stream.js';
import { asMemfsError, MemfsError } from '../../../src/core/errors.js';
import type { TreeEntry } from '../../../src/core/trees.js';

const mtime = { sec: 1_700_000_000, nsec: 123_456_789 };

const tree: SourceEntry[] = [
  { path: Buffer.from('/d'), kind: 'directory', mode: 0o755, mtime, size: 0 },
  {
    path: Buffer.from('/d/f'),
    kind: 'file',
    mode: 0o600,
    mtime,
    size: 7,
    chunks: [Buffer.from('one\n'), Buffer.from('two')],
  },
  { path: Buffer.from('/d/empty'), kind: 'file', mode: 0o600, mtime, size: 0, chunks: [] },
  {
    path: Buffer.from([0x2f, 0xff, 0x0a]),
    kind: 'link',
    mode: 0o600,
    mtime,
    size: 0,
    target: Buffer.from('/d/f'),
  },
  { path: Buffer.from('/s'), kind: 'symlink', mode: 0o777, mtime, size: 0, target: Buffer.from('d/f') },
];

async function encoded(entries: Iterable<SourceEntry>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTree(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function decoded(bytes: Buffer, size = 65_536, limit = 1024): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of decodeTree(inPieces(bytes, size), limit)) entries.push(entry);
  return entries;
}

const plain = (entries: readonly SourceEntry[]): unknown[] =>
  entries.map(({ chunks, ...rest }) => ({
    ...rest,
    content: chunks && Buffer.concat([...(chunks as Iterable<Uint8Array>)]).toString(),
  }));

describe('a tree as a stream', () => {
  it.each([1, 3, 100, 65_536])('comes back as it was, read in pieces of %d bytes', async (size) => {
    expect(plain(await decoded(await encoded(tree), size))).toEqual(plain(tree));
  });

  it('is not taken for complete when it was cut', async () => {
    const bytes = await encoded(tree);
    const lastLine = bytes.lastIndexOf('{"end"');
    for (const length of [0, 10, lastLine, bytes.length - 1])
      await expect(decoded(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('is refused when entries are missing', async () => {
    await expect(decoded(Buffer.from('{"end":1}\n'))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('holds no file above the limit', async () => {
    await expect(decoded(await encoded(tree), 65_536, 6)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('is not sent on when a file changed its size meanwhile', async () => {
    const short: SourceEntry = { ...tree[1]!, size: 8 };
    await expect(encoded([short])).rejects.toMatchObject({ code: 'conflict' });
  });

  it('ends with the error of what cannot be read, after all that could', async () => {
    const damaged = function* (): Generator<SourceEntry> {
      yield tree[0]!;
      throw new MemfsError('corrupt', 'bad page', { hint: 'memfsd verify notes' });
    };
    const pieces: Uint8Array[] = [];
    for await (const piece of encodeTree(damaged(), asMemfsError)) pieces.push(piece);
    const seen: TreeEntry[] = [];
    const read = async (): Promise<void> => {
      for await (const entry of decodeTree(inPieces(Buffer.concat(pieces), 100), 1024)) seen.push(entry);
    };
    await expect(read()).rejects.toMatchObject({ code: 'corrupt', hint: 'memfsd verify notes' });
    expect(seen).toHaveLength(1);
  });
});
