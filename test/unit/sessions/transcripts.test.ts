import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IngestResult } from '../../../src/sessions/ingest.js';
import { readTranscript } from '../../../src/sessions/read-transcript.js';
import { identityOf } from '../../../src/sessions/source.js';
import { Transcripts } from '../../../src/sessions/transcripts.js';
import { assistant, claudeLine, jsonLines, session } from './samples.js';

let directory: string;
let transcripts: Transcripts;
const file = (name = 'a.jsonl'): string => join(directory, name);
const database = (): string => join(directory, 'transcripts.db');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memfsd-transcripts-'));
  transcripts = new Transcripts(database());
});
afterEach(() => {
  transcripts.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ingest(
  path = file(),
  asSession?: string,
  by: string | null = null,
): Promise<IngestResult & { from: number }> {
  const identity = identityOf(statSync(path, { bigint: true }));
  const known = transcripts.source(path, identity, by);
  const reading = await readTranscript(path, known, asSession);
  const continues = reading.from > 0 ? known!.path : null;
  const work = transcripts.ingest({ path, store: 'memstore_a', agent: 'ada', continues, by });
  for await (const { events, mark } of reading.batches)
    transcripts.together(() => {
      for (const event of events) work.add(event);
      work.mark(mark);
    });
  await reading.close();
  return { ...transcripts.together(() => work.finish()), from: reading.from };
}

const order = (id = session): string[] => transcripts.events(id, null, 1_000_000).map(({ entry }) => entry);

describe('ingesting', () => {
  const lines = [claudeLine('u1', null), claudeLine('a1', 'u1', assistant({ type: 'text', text: 'Hi' }))];

  it('twice adds nothing', async () => {
    writeFileSync(file(), jsonLines([...lines, '{broken', claudeLine('u2', 'a1')]));
    const sessions = [{ id: session, events: 3, skipped_lines: 1 }];
    expect(await ingest()).toMatchObject({ sessions, new: 3, already_known: 0 });
    expect(await ingest()).toMatchObject({ sessions, new: 0, already_known: 3 });
  });

  it('reads of a file that has grown only what is new', async () => {
    writeFileSync(file(), jsonLines(['{broken', ...lines]));
    await ingest();
    const before = statSync(file()).size;
    appendFileSync(file(), jsonLines([claudeLine('u2', 'a1')]));
    const sessions = [{ id: session, events: 3, skipped_lines: 1 }];
    expect(await ingest()).toMatchObject({ sessions, new: 1, already_known: 2, from: before });
    expect(transcripts.events(session, null, 9).at(-1)).toMatchObject({
      entry: 'u2',
      line: 4,
      offset: before,
    });
  });

  it('takes the rest of a line when it has come', async () => {
    const last = jsonLines([claudeLine('u2', 'a1')]);
    writeFileSync(file(), jsonLines(lines) + last.slice(0, 50));
    expect(await ingest()).toMatchObject({ new: 2, sessions: [{ skipped_lines: 1 }] });
    appendFileSync(file(), last.slice(50, -1));
    expect(await ingest()).toMatchObject({ new: 1, sessions: [{ skipped_lines: 0 }] });
    appendFileSync(file(), '\n');
    expect(await ingest()).toMatchObject({ new: 0, sessions: [{ events: 3, skipped_lines: 0 }] });
  });

  it('survives truncation and what is written over it', async () => {
    writeFileSync(file(), jsonLines(lines));
    await ingest();
    writeFileSync(file(), jsonLines([lines[0]!, claudeLine('u3', 'u1'), claudeLine('u4', 'u3')]));
    expect(await ingest()).toMatchObject({ from: 0, new: 2, already_known: 1 });
    writeFileSync(file(), '');
    expect(await ingest()).toMatchObject({ new: 0 });
    expect(order()).toEqual(['u1', 'a1', 'u3', 'u4']);
  });

  it('knows a renamed file of messages by what it is', async () => {
    const list = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
    ];
    writeFileSync(file(), jsonLines(list));
    const first = await ingest();
    renameSync(file(), file('b.jsonl'));
    appendFileSync(file('b.jsonl'), jsonLines([{ role: 'user', content: 'Bye' }]));
    const second = await ingest(file('b.jsonl'));
    expect(second).toMatchObject({ new: 1, already_known: 2 });
    expect(second.sessions[0]!.id).toBe(first.sessions[0]!.id);
    writeFileSync(file(), jsonLines(list));
    expect((await ingest()).sessions[0]!.id).toBe(first.sessions[0]!.id);
  });

  it('keeps sessions of equal messages in different files apart', async () => {
    for (const name of ['a.json', 'b.json'])
      writeFileSync(file(name), JSON.stringify([{ role: 'user', content: 'Hello' }], null, 2));
    const [a, b] = [await ingest(file('a.json')), await ingest(file('b.json'))];
    expect([a.new, b.new]).toEqual([1, 1]);
    expect(a.sessions[0]!.id).not.toBe(b.sessions[0]!.id);
    expect(await ingest(file('a.json'))).toMatchObject({ new: 0, already_known: 1 });
  });

  it('reads a document over several lines', async () => {
    writeFileSync(
      file('a.json'),
      JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }, null, 2),
    );
    expect(await ingest(file('a.json'))).toMatchObject({ new: 1, sessions: [{ skipped_lines: 0 }] });
  });

  it('finds nothing in other files', async () => {
    for (const text of ['', 'plain\ntext\n', '{"a":1}\n', '[]', '\0\0\0', '[[[[']) {
      writeFileSync(file('x'), text);
      expect(await ingest(file('x'))).toMatchObject({ sessions: [], new: 0 });
    }
  });

  it('joins the files of a session', async () => {
    writeFileSync(file('main.jsonl'), jsonLines([claudeLine('u1', null), 'broken']));
    const side = { isSidechain: true, agentId: 'a7' };
    writeFileSync(
      file('agent.jsonl'),
      jsonLines([claudeLine('s1', null, side), claudeLine('s2', 's1', side)]),
    );
    await ingest(file('main.jsonl'));
    await ingest(file('agent.jsonl'));
    expect(transcripts.show(session)).toMatchObject({ events: 3, skipped_lines: 1, agent: 'ada' });
    expect(transcripts.show(session).files).toEqual([file('main.jsonl'), file('agent.jsonl')]);
    expect(transcripts.events(session, null, 9).map(({ subagent }) => subagent)).toEqual([null, 'a7', 'a7']);
  });

  it('gives all to the session that it is told', async () => {
    writeFileSync(file(), jsonLines(lines));
    expect((await ingest(file(), 'sesn_mine')).sessions).toMatchObject([{ id: 'sesn_mine', events: 2 }]);
  });
});

describe('the order', () => {
  const written = async (lines: readonly object[]): Promise<string[]> => {
    writeFileSync(file(), jsonLines(lines));
    await ingest();
    return order();
  };

  it('is that of the chain, whatever that of the lines', async () => {
    const lines = ['a', 'b', 'c', 'd', 'e'].map((uuid, i, all) => claudeLine(uuid, all[i - 1] ?? null));
    expect(await written([lines[3]!, lines[0]!, lines[4]!, lines[2]!, lines[1]!])).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('holds against times that run backwards, or are missing', async () => {
    const at = (minute: number) => ({ timestamp: `2026-05-26T02:${minute}:00.000Z` });
    expect(
      await written([
        claudeLine('a', null, at(30)),
        claudeLine('b', 'a', at(10)),
        claudeLine('c', 'b', { timestamp: undefined }),
        claudeLine('d', 'c', at(20)),
      ]),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets branches lie side by side as they happened', async () => {
    const lines = [
      claudeLine('u1', null),
      claudeLine('call1', 'u1'),
      claudeLine('call2', 'call1'),
      claudeLine('result1', 'call1'),
      claudeLine('result2', 'call2'),
      claudeLine('answer', 'result2'),
      claudeLine('u1-again', 'u1'),
    ];
    const expected = ['u1', 'call1', 'call2', 'result1', 'result2', 'answer', 'u1-again'];
    expect(await written(lines.toReversed())).toEqual(expected);
  });

  it('waits for a parent that comes with a later file', async () => {
    const [a, b, c] = [claudeLine('a', null), claudeLine('b', 'a'), claudeLine('c', 'b')];
    const early = { timestamp: '2026-05-26T00:00:00.000Z' };
    writeFileSync(
      file('2.jsonl'),
      jsonLines([
        { ...b, ...early },
        { ...c, ...early },
      ]),
    );
    writeFileSync(file('1.jsonl'), jsonLines([a]));
    await ingest(file('2.jsonl'));
    expect(order()).toEqual(['b', 'c']);
    await ingest(file('1.jsonl'));
    expect(order()).toEqual(['a', 'b', 'c']);
  });

  it('of messages of one moment is that of the chain, also of what is added', async () => {
    const at = { timestamp: '2026-05-26T02:00:00.000Z' };
    const lines = [claudeLine('b', 'a', at), claudeLine('a', null, at)];
    expect(await written(lines)).toEqual(['a', 'b']);
    expect(await written([...lines, claudeLine('c', 'b', at)])).toEqual(['a', 'b', 'c']);
  });

  it('ends in a cycle too', async () => {
    const lines = [
      claudeLine('a', 'c'),
      claudeLine('b', 'a'),
      claudeLine('c', 'b'),
      claudeLine('self', 'self'),
    ];
    expect(await written(lines)).toEqual(['a', 'b', 'c', 'self']);
    expect(await ingest()).toMatchObject({ new: 0, already_known: 4 });
  });

  it('takes the first of two messages with one name', async () => {
    const lines = [
      claudeLine('a', null),
      claudeLine('a', 'b', { message: { content: 'other' } }),
      claudeLine('b', 'a'),
    ];
    expect(await written(lines)).toEqual(['a', 'b']);
    expect(transcripts.events(session, null, 1)[0]!.text).toBe('text of a');
  });

  it('of 100,000 messages in a row is found without recursion, from either end', async () => {
    const lines = Array.from({ length: 100_000 }, (_, i) =>
      claudeLine(`m${i}`, i === 0 ? null : `m${i - 1}`),
    );
    const entries = await written(lines.toReversed());
    expect(entries).toHaveLength(100_000);
    expect(entries.findIndex((entry, i) => entry !== `m${i}`)).toBe(-1);
  }, 180_000);
});

describe('a session', () => {
  const secretWord = 'quokkaparade';
  beforeEach(async () => {
    const lines = Array.from({ length: 50 }, (_, i) =>
      claudeLine(`m${i}`, i === 0 ? null : `m${i - 1}`, { message: { content: `${i} ${secretWord}` } }),
    );
    writeFileSync(file(), jsonLines(lines));
    await ingest();
  });

  it('is listed with its store and its times', () => {
    expect(transcripts.list('memstore_b')).toEqual([]);
    expect(transcripts.list('memstore_a')).toEqual(transcripts.list(null));
    const [summary] = transcripts.list(null);
    expect(summary).toMatchObject({ id: session, stores: ['memstore_a'], events: 50, cwd: '/srv/ops' });
    expect(summary!.first_time! < summary!.last_time!).toBe(true);
  });

  it('is read page by page', () => {
    const pages: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = transcripts.events(session, after, 7);
      if (page.length === 0) break;
      pages.push(...page.map(({ entry }) => entry));
      after = page.at(-1)!.cursor;
    }
    expect(pages).toEqual(order());
    expect(() => transcripts.events(session, 'x', 1)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('ends when it is said to', () => {
    const time = '2026-06-01T00:00:00.000Z';
    expect(transcripts.end(session, time, null).ended_at).toBe(time);
    expect(() => transcripts.end('other', '', null)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('is deleted for good, and not brought back by its file', async () => {
    expect(
      readFileSync(database()).includes(secretWord) || readFileSync(`${database()}-wal`).includes(secretWord),
    ).toBe(true);
    transcripts.delete(session, '2026-06-01T00:00:00.000Z');
    for (const path of [database(), `${database()}-wal`])
      expect(readFileSync(path).includes(secretWord), path).toBe(false);
    expect(transcripts.list(null)).toEqual([]);
    appendFileSync(file(), jsonLines([claudeLine('late', 'm49')]));
    expect(await ingest()).toMatchObject({ sessions: [], new: 0, deleted: 1 });
  });
});

describe('what a session brings', () => {
  const denied = expect.objectContaining({ code: 'access_denied' });
  const say = (uuid: string, sessionId: string): object => claudeLine(uuid, null, { sessionId });

  it('goes to its own transcript, also where the owner has begun it', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'mine')]));
    await ingest();
    writeFileSync(file('b'), jsonLines([say('u2', 'mine')]));
    expect(await ingest(file('b'), undefined, 'mine')).toMatchObject({ new: 1 });
    expect(order('mine')).toEqual(['u1', 'u2']);
  });

  it('goes to no name but its own, though nobody has it', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'part-1')]));
    await expect(ingest(file(), undefined, 'mine')).rejects.toEqual(denied);
    expect(await ingest(file(), 'mine', 'mine')).toMatchObject({ sessions: [{ id: 'mine' }] });
    expect(transcripts.list(null).map(({ id }) => id)).toEqual(['mine']);
  });

  it('counts no broken lines for another', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'boss')]));
    await ingest();
    writeFileSync(file('b'), jsonLines(['broken', say('u2', 'mine')]));
    const reading = await readTranscript(file('b'), null, 'mine');
    const work = transcripts.ingest({
      path: file('b'),
      store: 'memstore_a',
      agent: null,
      continues: null,
      by: 'mine',
    });
    for await (const { mark } of reading.batches)
      expect(() => work.mark({ ...mark, session: 'boss' })).toThrow(denied);
    await reading.close();
    expect(transcripts.show('boss')).toMatchObject({ skipped_lines: 0 });
  });

  it('never goes to the transcript of another, wherever in the stream that is named', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'boss')]));
    await ingest();
    writeFileSync(file('b'), jsonLines([say('u2', 'mine'), say('forged', 'boss')]));
    await expect(ingest(file('b'), undefined, 'mine')).rejects.toEqual(denied);
    await expect(ingest(file('b'), 'boss', 'mine')).rejects.toEqual(denied);
    writeFileSync(file('c'), jsonLines([say('u3', 'begun')]));
    await expect(ingest(file('c'), undefined, 'mine')).rejects.toEqual(denied);
    expect(order('boss')).toEqual(['u1']);
    expect(transcripts.list(null).map(({ id }) => id)).not.toContain('begun');
  });

  it('says nothing about how far the owner has read a file, nor hears of it', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'mine')]));
    await ingest(file(), undefined, 'mine');
    appendFileSync(file(), jsonLines([say('u2', 'boss')]));
    expect(await ingest()).toMatchObject({ from: 0, new: 1 });
    const before = transcripts.source(file(), '', null);
    const again = await ingest(file(), 'mine', 'mine');
    expect(again).toMatchObject({ from: 0, sessions: [{ id: 'mine' }] });
    expect(transcripts.source(file(), '', null)).toEqual(before);
    expect(transcripts.source(file(), '', 'mine')).toBeNull();
  });

  it('is ended by it and nobody else but the owner', async () => {
    writeFileSync(file(), jsonLines([say('u1', 'mine'), say('u2', 'boss')]));
    await ingest();
    const end = (id: string, who: string | null) => transcripts.end(id, '2026-06-01T00:00:00.000Z', who);
    expect(() => end('mine', 'theirs')).toThrow(denied);
    expect(() => end('nobody', 'theirs')).toThrow(denied);
    expect(() => end('boss', 'mine')).toThrow(denied);
    expect(end('mine', 'mine')).toMatchObject({ ended_at: '2026-06-01T00:00:00.000Z' });
    expect(end('mine', null)).toMatchObject({ id: 'mine' });
  });
});

it('passes over records of a session whose name is none', async () => {
  writeFileSync(
    file(),
    jsonLines([claudeLine('u2', null, { sessionId: 'a\u202eb' }), claudeLine('u1', null)]),
  );
  expect(await ingest()).toMatchObject({ new: 1, sessions: [{ id: session, skipped_lines: 1 }] });
});

it('opens the transcripts of an earlier version, with their sessions, events and marks', () => {
  transcripts.close();
  rmSync(database());
  const raw = new Database(database());
  raw.exec(readFileSync(new URL('../../../fixtures/transcripts/schema-1.sql', import.meta.url), 'utf8'));
  raw.close();
  transcripts = new Transcripts(database());
  const [store] = transcripts.list(null).flatMap(({ stores }) => stores);
  expect(transcripts.list(store!)).toMatchObject([{ id: 'sesn_old', agent: 'ada', skipped_lines: 1 }]);
  expect(transcripts.events('sesn_old', null, 10)).toMatchObject([
    { kind: 'user_text', text: 'the deploy is stuck' },
    { kind: 'tool_call', tool_name: 'Bash', line: 2 },
  ]);
  const mark = { offset: 468, skipped: 1 };
  expect(transcripts.source('/home/ada/notes.jsonl', 'another', null)).toMatchObject(mark);
  expect(transcripts.source('/home/ada/notes.jsonl', 'another', 'sesn_old')).toBeNull();
});

it('sets aside what sessions brought to an earlier version under names of others', () => {
  transcripts.close();
  rmSync(database());
  const raw = new Database(database());
  raw.exec(readFileSync(new URL('../../../fixtures/transcripts/schema-1.sql', import.meta.url), 'utf8'));
  raw.exec(`ALTER TABLE sessions ADD COLUMN ingested_by TEXT;
    ALTER TABLE sources ADD COLUMN ingested_by TEXT;
    INSERT INTO sessions (number, id, ingested_by) VALUES (70, 'mine', 'mine'), (71, 'dana', 'mine');
    INSERT INTO sources (path, file, mark, session, skipped, events, ingested_by)
      VALUES ('/t', '', '{}', 'dana', 7, 3, 'mine');
    PRAGMA user_version = 2;`);
  raw.close();
  transcripts = new Transcripts(database());
  expect(transcripts.list(null).map(({ id }) => id)).toEqual(
    expect.arrayContaining(['mine', 'brought-71-dana', 'sesn_old']),
  );
  expect(() => transcripts.show('dana')).toThrow(expect.objectContaining({ code: 'not_found' }));
  expect(transcripts.source('/t', '', 'mine')).toBeNull();
});
