#!/usr/bin/env node
/**
 * Plays what memfsd is for: agents on call share a memory, a dream makes a better one of a week of their sessions, and a
 * person reviews it with ordinary tools. The agents are shell commands on real mounts; see fixtures/story.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stage, say } from './stage.mjs';

const stage = new Stage('demo');
const { base, isInNamespace } = stage;
const story = fileURLToPath(new URL('../fixtures/story', import.meta.url));
const node = `'${process.execPath}'`;
/** The agents' day: an hour ago, so that nothing of it lies in the future. */
const day = Date.now() - 3_600_000;
const at = (minutes) => new Date(day + minutes * 60_000).toISOString();

const person = (command, isExpected) => stage.must('', base, command, isExpected);
const agent = async (name, minutes) => {
  const args = [name, 'sre', 'handbook', `transcripts/${name}.jsonl`, at(minutes)];
  process.stdout.write(await stage.quietly(`${node} '${story}/triage.mjs' ${args.join(' ')}`));
};
const differs = (code) => code === 1;

async function play() {
  for (const name of ['sre', 'handbook', 'review', 'transcripts']) mkdirSync(join(base, name));
  say();
  if (isInNamespace) say('This user cannot mount for everyone, so the story plays in a user namespace.\n');
  say('A team of agents on call has two stores: a handbook that they may read, and a memory of their own.\n');
  await stage.quietly(`memfsd store create handbook && memfsd store import handbook '${story}/handbook'`);
  await stage.quietly(`memfsd store create sre && memfsd store import sre '${story}/memory'`);
  await stage.mount('memfsd mount handbook handbook --read-only');
  await stage.mount('memfsd mount sre sre');
  await person('echo "my own rule" >> handbook/escalation.md', (code) => code !== 0);

  say('\nA page comes in. Ada knows nothing about it, looks everywhere, and writes down what she found.\n');
  await agent('ada', 0);
  say('\nHalf an hour later the same page comes in for ben. He finds the note of ada, and is done.\n');
  await agent('ben', 30);

  say(
    '\nWhat was said and done in these sessions, and in those of the six days before, is kept as transcripts.\n',
  );
  await stage.quietly(`${node} '${story}/week.mjs' transcripts ${at(0)}`);
  await person('memfsd session ingest transcripts --store sre');

  say('\nA dream reads it all. It changes nothing that agents see: what it proposes waits for a person.\n');
  await person('memfsd dream run sre');
  const { dreams } = JSON.parse(await stage.quietly('memfsd dream list sre --json'));
  const { edits } = JSON.parse(await stage.quietly(`memfsd dream show ${dreams[0].id} --json`));
  const unwanted = edits.find(({ kind }) => kind === 'verify').n;
  const id = dreams[0].id.slice(0, 10);

  say(
    '\nThe reviewer looks at it as a directory, with the usual tool. A line in it could be corrected by an editor.\n',
  );
  await person(`memfsd dream mount ${id} review`);
  await person('diff -r sre review', differs);

  say(`\nAll of it is fine but edit ${unwanted}, says the reviewer.\n`);
  await stage.quietly('memfsd unmount review');
  await person(`memfsd dream apply ${id} --except ${unwanted}`);
  await person('cat sre/patterns/*.md');
  await person('memfsd log sre --last 3');

  say(
    '\nA day later somebody has doubts. The whole dream is taken back in one step; what came after it stays.\n',
  );
  await person('echo "Oskar is on call on Monday." > sre/notes/rota.md');
  await person(`memfsd dream revert ${id}`);
  await person('ls sre/notes');
  await person('memfsd verify sre');
}

await stage.perform(import.meta.url, play, () => say(`\nThat was all in ${base}, which is gone now.`));
