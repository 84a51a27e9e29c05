import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeTree, encodeTree } from '../../../src/api/tree-stream.js';
import { readTree } from '../../../src/cli/tree-reader.js';
import { writeTree } from '../../../src/cli/tree-writer.js';
import type { TreeEntry } from '../../../src/core/trees.js';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'memfsd-tree-'));
  mkdirSync(join(home, 'from'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const from = (...parts: string[]): string => join(home, 'from', ...parts);
const to = (...parts: string[]): string => join(home, 'to', ...parts);

async function copy(): Promise<string[]> {
  const skipped: string[] = [];
  const tree = readTree(home, 'from', { read: () => {}, skipped: (path) => skipped.push(path) });
  await writeTree(home, 'to', decodeTree(encodeTree(tree), 1e9), () => {});
  return skipped;
}

describe('an export of a damaged store', () => {
  const file = (path: string, text: string, sha256: string): TreeEntry => ({
    path: Buffer.from(path),
    kind: 'file',
    mode: 0o600,
    mtime: { sec: 1, nsec: 0 },
    size: text.length,
    chunks: [Buffer.from(text)],
    sha256,
  });

  it('names the files whose content is not the one of the journal, and writes the rest', async () => {
    const good = createHash('sha256').update('good').digest('hex');
    const entries = async function* (): AsyncGenerator<TreeEntry> {
      yield file('/bad.md', 'baad', good);
      yield file('/lost.md', '', '');
      yield file('/good.md', 'good', good);
    };
    const { files, damaged } = await writeTree(home, 'to', entries(), () => {});
    expect({ files, damaged }).toEqual({ files: 3, damaged: ['/bad.md', '/lost.md'] });
    expect(readFileSync(to('good.md'), 'utf8')).toBe('good');
  });
});

describe('a directory, imported and exported,', () => {
  it('keeps contents, modes, times, symbolic and hard links', async () => {
    mkdirSync(from('d'));
    writeFileSync(from('d', 'f'), 'content');
    chmodSync(from('d', 'f'), 0o640);
    utimesSync(from('d', 'f'), 1_000_000_000.5, 1_000_000_000.5);
    linkSync(from('d', 'f'), from('z'));
    symlinkSync('d/f', from('s'));
    writeFileSync(from('empty'), '');
    utimesSync(from('d'), 1_100_000_000, 1_100_000_000);
    chmodSync(from('d'), 0o555);
    await copy();
    expect(readFileSync(to('d', 'f'), 'utf8')).toBe('content');
    expect(lstatSync(to('d', 'f'))).toMatchObject({ mode: 0o100640, mtimeMs: 1_000_000_000_500, nlink: 2 });
    expect(lstatSync(to('z')).ino).toBe(lstatSync(to('d', 'f')).ino);
    expect(readlinkSync(to('s'))).toBe('d/f');
    expect(lstatSync(to('d'))).toMatchObject({ mode: 0o040555, mtimeMs: 1_100_000_000_000 });
    expect(lstatSync(to('empty')).size).toBe(0);
  });

  it('keeps names that are not UTF-8', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${from()}/`), Buffer.from([0xff, 0x0a, 0x41])]), 'x');
    await copy();
    expect(readdirSync(to(), { encoding: 'buffer' })).toEqual([Buffer.from([0xff, 0x0a, 0x41])]);
  });

  it('leaves out what is no file, directory or link, and names it', async () => {
    execFileSync('mkfifo', [from('pipe')]);
    expect(await copy()).toEqual(['/pipe']);
    expect(readdirSync(to())).toEqual([]);
  });
});

describe('an export', () => {
  it('never goes into a directory that holds something', async () => {
    mkdirSync(to());
    writeFileSync(to('a'), '');
    await expect(copy()).rejects.toMatchObject({ code: 'not_empty' });
  });

  it('never climbs out', async () => {
    const entry: TreeEntry = {
      path: Buffer.from('/../out'),
      kind: 'file',
      mode: 0o644,
      mtime: { sec: 0, nsec: 0 },
      size: 0,
      chunks: [],
    };
    const tree = (async function* () {
      yield entry;
    })();
    await expect(writeTree(home, 'to', tree, () => {})).rejects.toMatchObject({ code: 'invalid' });
    expect(readdirSync(home)).toEqual(expect.not.arrayContaining(['out']));
  });
});

it('says which directory to import does not exist', async () => {
  const tree = readTree(home, 'nothing', { read: () => {}, skipped: () => {} });
  await expect(tree.next()).rejects.toMatchObject({ code: 'not_found' });
});
