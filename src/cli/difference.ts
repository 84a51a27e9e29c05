/** One memory that two states of a store have otherwise. */
import { z } from 'zod';
import { type DiffBody, LogRecordSchema, type VersionBody } from '../api/endpoints/history.js';
import { contentBytes } from '../api/render.js';
import type { Context } from './context.js';
import { type CreatePatch, coloured, type PatchSide } from './patch.js';
import { safe } from './text.js';

export const Difference = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  before: LogRecordSchema.nullable(),
  after: LogRecordSchema.nullable(),
  /** Unified; null for contents that are removed, no text (as git: a NUL in the first 8 KiB), longer than 4 MiB, or too different for a patch in reasonable time. */
  patch: z.string().nullable(),
});

export function printDifference(context: Context, entry: DiffBody, createPatch: CreatePatch): void {
  const patch = patchOf(entry, createPatch);
  const { path, change, before, after } = entry;
  context.print({ path, change, before: before?.record ?? null, after: after?.record ?? null, patch }, () => {
    const removed = [before, after].find((side) => side !== null && isRemoved(side));
    if (removed) return `The content of ${safe(path)} in record ${removed.record.seq} was removed`;
    if (patch === null) {
      const kind = (before ?? after)?.content.omitted === 'binary' ? 'Binary files' : 'Files';
      return `${kind} a${safe(path)} and b${safe(path)} differ`;
    }
    return context.coloured ? coloured(patch) : patch;
  });
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
  return { name: `${side}${safe(path)}`, text: contentBytes(content).toString(), time: record.time };
}
