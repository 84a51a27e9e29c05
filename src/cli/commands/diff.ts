import { z } from 'zod';
import type { ControlClient } from '../../api/client.js';
import { type DiffBody, LogRecordSchema, Selector, type VersionBody } from '../../api/protocol.js';
import { contentBytes } from '../../api/render.js';
import { defineCommand } from '../command.js';
import { type CreatePatch, coloured, type PatchSide, patchCreator } from '../patch.js';
import { resolveTarget, type Target } from '../target.js';
import { safe } from '../text.js';

const differenceFound = 10;

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
    const createPatch = await patchCreator();
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

function patchOf({ path, before, after }: DiffBody, createPatch: CreatePatch): string | null {
  if ((before !== null && isRemoved(before)) || (after !== null && isRemoved(after))) return null;
  if (before?.content.encoding === 'base64' || after?.content.encoding === 'base64') return null;
  return createPatch(sideOf('a', path, before), sideOf('b', path, after));
}

const isRemoved = ({ record }: VersionBody): boolean => record.removed_by !== null;

function sideOf(side: string, path: string, version: VersionBody | null): PatchSide {
  if (version === null) return { name: '/dev/null', text: '' };
  const { record, content } = version;
  return { name: `${side}${path}`, text: contentBytes(content).toString(), time: record.time };
}
