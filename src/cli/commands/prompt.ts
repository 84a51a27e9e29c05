import { resolve } from 'node:path';
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { isInside } from '../../core/mountinfo.js';
import { defineCommand } from '../command.js';
import { realLocation } from '../target.js';
import { safe } from '../text.js';

export const prompt = defineCommand({
  name: 'prompt',
  summary: 'print a paragraph for a system prompt that tells an agent about its mounted memory',
  arguments: [{ name: 'DIR', description: 'the mountpoint' }],
  options: [],
  input: z.object({}),
  output: z.object({ prompt: z.string() }),
  exits: ['notFound'],
  async run(context, [directory]) {
    const client = await context.daemon();
    const path = realLocation(resolve(context.around.cwd, directory!));
    const { mounts } = await client.mounts.list();
    const mount = mounts.find((each) => isInside(path, each.path));
    if (mount === undefined)
      throw new MemfsError('not_found', `no store is mounted at ${path}`, { hint: 'memfsd mounts' });
    const { description } = await client.stores.show({ store: mount.store });
    const text = paragraph(mount.path, mount.store_name, mount.scope === 'read_only', description);
    context.print({ prompt: text }, () => text);
  },
});

const longestDescription = 40;

/** Under 150 words, whatever the store's description says. */
export function paragraph(path: string, store: string, readOnly: boolean, description: string): string {
  const words = safe(description)
    .split(/\s+/)
    .filter((word) => word !== '');
  const about =
    words.length === 0 ? '' : ` It is described as: "${words.slice(0, longestDescription).join(' ')}".`;
  const access = readOnly
    ? 'You may read it; every attempt to change it fails (read-only file system).'
    : 'You may read and change it. Every change is kept as a version under your name, so write plainly, correct ' +
      'what has become wrong, and prefer editing a file that exists to adding one that repeats it.';
  return (
    `Your long-term memory is the directory ${safe(path)} (store "${safe(store)}").${about} ` +
    'Use it with ordinary tools: ls, cat, grep, sed, > and >>. Look into it before you begin a task. ' +
    `${access} Its .memfs/README.md says how to see the history of a file and what to do when a write is refused.`
  );
}
