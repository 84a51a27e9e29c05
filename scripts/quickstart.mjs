#!/usr/bin/env node
/** Plays a short story on a real mount: two agents with a shell each, one store, the journal afterwards. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { program, Stage, say } from './stage.mjs';

const stage = new Stage('quickstart');
const { base, isInNamespace } = stage;

const mountFor = (agent) =>
  stage.mount(`memfsd mount team ${agent} --agent ${agent} --session ${agent}-monday`);

async function play() {
  for (const agent of ['ada', 'ben']) mkdirSync(join(base, agent));
  const ada = (command) => stage.must('ada', join(base, 'ada'), command);
  const ben = (command) => stage.must('ben', join(base, 'ben'), command);
  const person = (command) => stage.must('', base, command);

  say();
  if (isInNamespace) say('This user cannot mount for everyone, so the story plays in a user namespace.\n');
  say('One store, mounted twice: a directory for each of two agents, ada and ben.\n');
  await person('memfsd store create team');
  await mountFor('ada');
  await mountFor('ben');

  say('\nAda writes down what she was told. Ben reads it at once in his own directory.\n');
  await ada(`echo 'Deploys go out on Friday.' > deploy.md`);
  await ada(`echo 'Ask Kim about billing.' > people.md`);
  await ben('cat deploy.md');
  await ben('grep -rn Friday .');

  say('\nBen learns better, with ordinary tools. Ada sees the new text.\n');
  await ben(`sed -i 's/Friday/Tuesday/' deploy.md`);
  await ben(`echo 'Roll back with: make rollback' >> deploy.md`);
  await ada('cat deploy.md');

  say('\nEvery close of a changed file was a version. The journal knows who, when and in which session.\n');
  await person('memfsd log team deploy.md');
  await person('memfsd diff team deploy.md --from 1');

  say('\nBen was wrong after all. An old version comes back as a new one; nothing is lost.\n');
  await person('memfsd restore team deploy.md --version 1');
  await ada('cat deploy.md');
  await person('memfsd log team deploy.md --after 3');
  await person('memfsd verify team');
}

function sayHowToGoOn() {
  say(`
That was all in ${base}, which is gone now. With a directory of your own:

  alias memfsd='node ${program}'
  memfsd store create notes
  memfsd mount notes ~/notes
  echo 'My first note' > ~/notes/first.md
  memfsd log notes
  memfsd unmount ~/notes
  memfsd stop`);
  if (isInNamespace)
    say(`
For that, install fusermount3 first (Debian: apt-get install fuse3), or do all of it in one shell that
"unshare -rm" starts: only that shell then sees the mounts.`);
}

await stage.perform(import.meta.url, play, sayHowToGoOn);
