import type { createTwoFilesPatch } from 'diff';
import { z } from 'zod';
import type { ControlClient } from '../../api/client.js';
import { type DiffBody, LogRecordSchema, Selector, type VersionBody } from '../../api/protocol.js';
import { contentBytes } from '../../api/render.js';
import { defineCommand } from '../command.js';
import { resolveTarget, type Target } from '../target.js';
import { safe } from '../text.js';

const differenceFound = 10;
/** Milliseconds, for one pair of contents. */
const patchLimit = 10_000;

const Difference = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  before: LogRecordSchema.nullable(),
  after: LogRecordSchema.nullable(),
  /** Unified; null for contents that are removed, not UTF-8, or too different for a patch in reasonable time. */
  patch: z.string().nullable(),
});

export const diff = defineCommand({
  name: 'diff',
  summary: 'compare two states of a store or of one path; by default the last change',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'a memory or a directory', optional: true },
  ],
  options: [
    { flags: '--from <version>', description: 'the older state; default: just before the last change' },
    { flags: '--to <version>', description: 'the newer state; default: now' },
    { flags: '--exit-code', description: `exit with ${differenceFound} when there is a difference` },
  ],
  input: z.object({
    from: Selector.optional(),
    to: Selector.optional(),
    exitCode: z.boolean().default(false),
  }),
  output: Difference,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], { from, to, exitCode }) {
    const client = await context.daemon();
    const target = await resolveTarget(client, context.around.cwd, reference!, pathArgument);
    const older = from ?? (await beforeLastChange(client, target));
    const { createTwoFilesPatch: createPatch } = await import('diff');
    let different = false;
    for await (const entry of client.diff(target.store, { path: target.path, from: older, to })) {
      different = true;
      const patch = patchOf(entry, createPatch);
      const { path, change, before, after } = entry;
      context.print(
        { path, change, before: before?.record ?? null, after: after?.record ?? null, patch },
        () => {
          const removed = [before, after].find((side) => side !== null && isRemoved(side));
          if (removed) return `The content of ${safe(path)} in record ${removed.record.seq} was removed`;
          if (patch === null) return `Files a${safe(path)} and b${safe(path)} differ`;
          return context.coloured ? coloured(patch) : patch;
        },
      );
    }
    return exitCode && different ? differenceFound : 0;
  },
});

async function beforeLastChange(client: ControlClient, { store, path }: Target): Promise<string> {
  for await (const { seq } of client.log(store, {
    limit: 1,
    reverse: true,
    ...(path === undefined ? {} : { path }),
  }))
    return String(seq - 1);
  return '0';
}

function patchOf({ path, before, after }: DiffBody, createPatch: typeof createTwoFilesPatch): string | null {
  if ((before !== null && isRemoved(before)) || (after !== null && isRemoved(after))) return null;
  if (before?.content.encoding === 'base64' || after?.content.encoding === 'base64') return null;
  const patch = createPatch(
    before === null ? '/dev/null' : `a${path}`,
    after === null ? '/dev/null' : `b${path}`,
    text(before),
    text(after),
    before?.record.time,
    after?.record.time,
    {
      headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
      timeout: patchLimit,
    },
  );
  return patch ?? null;
}

const isRemoved = ({ record }: VersionBody): boolean => record.removed_by !== null;

const text = (version: VersionBody | null): string =>
  version === null ? '' : contentBytes(version.content).toString();

const colours: readonly [prefix: string, code: number][] = [
  ['+++', 1],
  ['---', 1],
  ['@@', 36],
  ['+', 32],
  ['-', 31],
];

const coloured = (patch: string): string =>
  patch
    .split('\n')
    .map((line) => {
      const colour = colours.find(([prefix]) => line.startsWith(prefix));
      return colour === undefined ? line : `\x1b[${colour[1]}m${line}\x1b[0m`;
    })
    .join('\n');
