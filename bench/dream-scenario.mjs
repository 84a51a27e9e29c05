#!/usr/bin/env node
/**
 * A dream of plain directories, without a daemon: `npm run build`, then
 *   node bench/dream-scenario.mjs SCENARIO OUT [--json]
 * SCENARIO/store holds memories, SCENARIO/sessions transcripts (may be missing). OUT gets the staged tree, OUT.edits.jsonl
 * the edits. --json prints figures for programs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { guard } from '../dist/dream/guard/guard.js';
import { localFinders } from '../dist/dream/local/finders.js';
import { LocalConsolidator } from '../dist/dream/local/local-consolidator.js';
import { readTranscript } from '../dist/sessions/read-transcript.js';

const [scenario, out] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (out === undefined) {
  process.stderr.write('usage: node bench/dream-scenario.mjs SCENARIO OUT [--json]\n');
  process.exit(2);
}

/** All memories came into the store at once: only their texts and files tell them apart in time. */
const importTime = '1970-01-01T00:00:00.000Z';

const filesOf = (directory) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const memories = filesOf(join(scenario, 'store')).flatMap((file, at) => {
  const bytes = readFileSync(file);
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return [];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const modified = statSync(file).mtime.toISOString();
  const path = `/${relative(join(scenario, 'store'), file)}`;
  const version = `memver_${sha256.slice(0, 24)}`;
  const times = { time: importTime, created: importTime, modified };
  return [{ path, text, version, seq: at + 1, sha256, ...times, agent: 'import', session: 'sesn_import' }];
});

const bySession = new Map();
const transcripts = join(scenario, 'sessions');
if (existsSync(transcripts))
  for (const file of filesOf(transcripts)) {
    const reading = await readTranscript(file, null, undefined);
    for await (const { events } of reading.batches)
      for (const event of events) {
        const known = bySession.get(event.session) ?? [];
        known.push({ ...event, cursor: String(known.length + 1), file });
        bySession.set(event.session, known);
      }
    await reading.close();
  }

const sessions = [...bySession]
  .map(([id, events]) => {
    const timed = events.map(({ time }) => time).filter((time) => time !== null);
    const [firstTime, lastTime] = [timed.toSorted()[0] ?? null, timed.toSorted().at(-1) ?? null];
    return { id, agent: null, firstTime, lastTime, events: () => events };
  })
  .sort((a, b) => (a.firstTime ?? '').localeCompare(b.firstTime ?? ''));

const now =
  sessions
    .map(({ lastTime }) => lastTime)
    .filter((time) => time !== null)
    .toSorted()
    .at(-1) ?? new Date().toISOString();
const input = {
  ...{ store: 'memstore_scenario', now, memories, sessions },
  ...{ reads: [], scopes: [], instructions: null },
};
const context = {
  signal: new AbortController().signal,
  progress: () => {},
  saved: null,
  save: () => {},
};
const begun = performance.now();
const consolidation = await new LocalConsolidator(localFinders()).consolidate(input, context);

const { edits, tree } = guard(input, consolidation.edits, { removable: 0.25, removedBefore: 0 });
const ms = Math.round(performance.now() - begun);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const path of tree.paths) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), tree.text(path));
}
writeFileSync(`${out}.edits.jsonl`, edits.map((edit) => `${JSON.stringify(edit)}\n`).join(''));

const kinds = {};
for (const { kind, state } of edits) {
  kinds[kind] ??= { staged: 0, refused: 0 };
  kinds[kind][state] += 1;
}
const figures = {
  ...{ memories: memories.length, sessions: sessions.length, ms, edits: edits.length, kinds },
  remarks: consolidation.remarks,
};
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
else {
  process.stdout.write(`${figures.memories} memories, ${figures.sessions} sessions, ${ms} ms\n`);
  for (const [kind, { staged, refused }] of Object.entries(kinds))
    process.stdout.write(`${kind}: ${staged} staged, ${refused} refused\n`);
  for (const { kind, note } of edits.filter(({ state }) => state === 'refused'))
    process.stdout.write(`refused ${kind}: ${note}\n`);
  for (const remark of consolidation.remarks) process.stdout.write(`remark: ${remark}\n`);
}
