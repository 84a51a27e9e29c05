import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Dreaming, edit, reviewer } from './support/dreaming.js';

const secret = 'the code of the door is 4711';

let dreaming: Dreaming;
beforeEach(() => {
  dreaming = new Dreaming();
});
afterEach(() => dreaming.close());

const allBytes = (): Buffer => {
  const files = (directory: string): string[] =>
    readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? files(path) : [path];
    });
  return Buffer.concat(files(dreaming.directory).map((path) => readFileSync(path)));
};

async function withSecret(): Promise<{ id: string; version: string }> {
  dreaming.write('/door.md', `Doors\n${secret}\nThere are two.\n`);
  dreaming.write('/other.md', 'other\n');
  const version = dreaming.store.show('/door.md').record.version!;
  dreaming.propose = () => [
    edit({
      changes: [{ op: 'append', path: '/other.md', text: `Also: ${secret}.\n` }],
      evidence: [{ type: 'memory', path: '/door.md', version, line: 2, quote: secret }],
    }),
    edit({ changes: [{ op: 'append', path: '/door.md', text: 'And a window.\n' }] }),
  ];
  const { id } = await dreaming.dream();
  dreaming.write('/door.md', 'Doors\nThere are two.\n');
  return { id, version };
}

it('reaches what quotes it, what would write it, and what was staged with it', async () => {
  const { id, version } = await withSecret();
  expect(dreaming.text('/door.md', id)).toContain(secret);
  await dreaming.service.redact(dreaming.store, [version], reviewer);
  const { edits, refused, status, branch } = dreaming.service.show(id);
  expect([status, branch]).toEqual(['staged', id]);
  expect(refused).toMatchObject([
    { n: 1, changes: [{ text: '[removed]\n' }], evidence: [{ quote: '[removed]' }] },
  ]);
  expect(edits).toMatchObject([{ n: 2, state: 'staged' }]);
  expect(dreaming.text('/door.md', id)).toBe('Doors\nThere are two.\nAnd a window.\n');
  dreaming.stores.close();
  expect(allBytes().includes(secret)).toBe(false);
});

it('reaches what an applied dream keeps for its revert', async () => {
  dreaming.write('/door.md', `Doors\n${secret}\n`);
  dreaming.propose = () => [
    edit({ changes: [{ op: 'replace', path: '/door.md', old: `${secret}\n`, new: 'Ask.\n', line: 2 }] }),
  ];
  const { id } = await dreaming.dream();
  const { version } = dreaming.store.show('/door.md').record;
  await dreaming.service.apply(id, { edits: null, except: null }, reviewer);
  await dreaming.service.redact(dreaming.store, [version!], reviewer);
  dreaming.stores.close();
  expect(allBytes().includes(secret)).toBe(false);
  await dreaming.service.revert(id, reviewer);
  expect(dreaming.text('/door.md')).toBe('Doors\n[removed]\n');
});

it('leaves dreams alone that have nothing to do with it', async () => {
  dreaming.write('/door.md', `Doors\n${secret}\n`);
  const { version } = dreaming.store.show('/door.md').record;
  dreaming.write('/door.md', 'Doors\n');
  dreaming.write('/other.md', 'other\n');
  dreaming.propose = () => [edit({ changes: [{ op: 'append', path: '/other.md', text: 'Doors\n' }] })];
  const { id, base } = await dreaming.dream();
  dreaming.store.branch(id).write('/mine.md', Buffer.from('mine\n'), reviewer);
  await dreaming.service.redact(dreaming.store, [version!], reviewer);
  expect(dreaming.service.show(id)).toMatchObject({ base, status: 'staged', edits: [{ state: 'staged' }] });
  expect(dreaming.text('/mine.md', id)).toBe('mine\n');
});
