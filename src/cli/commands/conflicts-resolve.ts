import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ResolvedConflict } from '../../api/endpoints/conflicts.js';
import { Sha256 } from '../../api/parameters.js';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { conflictArguments, resolveConflictTarget } from '../conflict-target.js';
import type { Context } from '../context.js';

type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export const conflictsResolve = defineCommand({
  name: 'conflicts resolve',
  summary: 'settle a conflict: a new version with what was refused or with a merged file, or none',
  arguments: conflictArguments,
  options: [
    { flags: '--take <side>', description: 'mine: what was refused; theirs: what is there now stays' },
    { flags: '--file <file>', description: 'the content of this file instead; -: of standard input' },
    {
      flags: '--if-match <sha256>',
      description: 'the present content has this SHA-256; default: that of when it was refused',
    },
  ],
  input: z
    .object({
      take: z.enum(['mine', 'theirs']).optional(),
      file: z.string().min(1).optional(),
      ifMatch: Sha256.optional(),
    })
    .refine(({ take, file }) => (take === undefined) !== (file === undefined), {
      path: ['take'],
      message: 'either --take mine, --take theirs or --file FILE',
    }),
  output: ResolvedConflict,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, words, { take, file, ifMatch }) {
    const client = await context.daemon();
    const { branch, ...conflict } = await resolveConflictTarget(client, context.around.cwd, words);
    const content = file === undefined ? [] : await contentOf(context, file);
    const choice = take ?? ('merged' as const);
    const asked = { ...conflict, take: choice, if_match: ifMatch, ...context.actor() };
    const result = await client.onBranch(branch).conflicts.resolve(asked, content);
    context.print(result, () => {
      const what = `conflict ${conflict.number} of ${conflict.path} is resolved (${choice})`;
      return result.record === null ? what : `${what}: version ${result.record.version}`;
    });
  },
});

async function contentOf({ around }: Context, file: string): Promise<ByteStream> {
  if (file === '-') return around.stdin as unknown as AsyncIterable<Uint8Array>;
  try {
    return [await readFile(resolve(around.cwd, file))];
  } catch (cause) {
    throw new MemfsError('not_found', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
