import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { memfsdType } from '../../../src/core/mountinfo.js';
import { transcriptFiles } from '../../../src/sessions/transcript-files.js';
import { watchTranscripts } from '../../../src/sessions/watch.js';

let directory: string;
const at = (name: string): string => join(directory, name);
const mounts = () => [
  {
    id: 2,
    parent: 1,
    path: at('memories'),
    device: '0:1',
    root: '/',
    minor: 1,
    type: memfsdType,
    source: 'notes',
  },
];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-watch-'));
  for (const name of ['memories', 'project']) {
    mkdirSync(at(name));
    for (const file of ['a.jsonl', 'b.txt']) writeFileSync(join(at(name), file), '');
  }
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('watching tells of transcripts, and leaves mounts out', async () => {
  const seen: string[] = [];
  const watcher = watchTranscripts(directory, mounts, {
    changed: (path) => void seen.push(path),
    failed: (error) => expect.unreachable(error.message),
  });
  try {
    await vi.waitFor(() => expect(seen).toEqual([at('project/a.jsonl')]), { timeout: 10_000 });
    writeFileSync(at('memories/a.jsonl'), 'changed');
    writeFileSync(at('project/c.jsonl'), 'new');
    await vi.waitFor(() => expect(seen).toContain(at('project/c.jsonl')), { timeout: 10_000 });
    expect(seen.filter((path) => path.startsWith(at('memories')) || path.endsWith('.txt'))).toEqual([]);
  } finally {
    await watcher.close();
  }
});

it('a directory is searched for transcripts outside of mounts; files are taken by any name', async () => {
  const paths = async (...names: string[]) =>
    (await transcriptFiles('/', names, mounts())).map(({ path }) => path);
  expect(await paths(directory)).toEqual([at('project/a.jsonl')]);
  expect(await paths(directory, at('project/b.txt'), at('project/a.jsonl'))).toEqual([
    at('project/a.jsonl'),
    at('project/b.txt'),
  ]);
  await expect(paths(at('none'))).rejects.toMatchObject({ code: 'not_found' });
  await expect(paths('/dev/null')).rejects.toMatchObject({ code: 'invalid' });
});
