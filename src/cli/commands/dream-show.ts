import { z } from 'zod';
import { DreamDetail } from '../../api/endpoints/dreams.js';
import { defineCommand } from '../command.js';
import { dreamArgument } from '../dream-argument.js';
import { countsText, editText, headText, movedText, nextText } from '../dream-text.js';
import { safe } from '../text.js';

export const dreamShow = defineCommand({
  name: 'dream show',
  summary: 'show a dream: its edits, why, and on what evidence',
  arguments: [dreamArgument],
  options: [{ flags: '--report', description: 'as Markdown, to be read in a minute' }],
  input: z.object({ report: z.boolean().default(false) }),
  /** `report` only with --report. */
  output: DreamDetail.extend({ report: z.string().optional() }),
  exits: ['notFound', 'permission', 'invalid'],
  async run(context, [id], { report }) {
    const client = await context.daemon();
    const dream = await client.dreams.show({ dream: id! });
    if (report) {
      const { report: text } = await client.dreams.report({ dream: id! });
      context.print({ ...dream, report: text }, () => text);
    } else context.print(dream, () => detailText(dream));
    return undefined;
  },
});

function detailText(dream: DreamDetail): string {
  const { edits, refused, remarks, moved } = dream;
  const lines = [headText(dream), `  ${countsText(dream)}`];
  if (moved !== null && moved.memories > 0) lines.push(`  ${movedText(moved)}`);
  lines.push(...edits.map((edit) => editText(edit, false)));
  if (refused.length > 0) lines.push('refused:', ...refused.map((edit) => editText(edit, false)));
  lines.push(...remarks.map((remark) => `  ${safe(remark)}`));
  const next = nextText(dream).filter((line) => !line.startsWith('memfsd dream show'));
  if (next.length > 0) lines.push('next:', ...next.map((line) => `  ${line}`));
  return lines.join('\n');
}
