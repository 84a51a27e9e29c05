import { z } from 'zod';
import { type VerifyEvent, VerifyReportBody } from '../../api/endpoints/history.js';
import { ExitCode, MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { loadSalvage } from '../daemon.js';
import { bar, Progress } from '../progress.js';
import { storeFile } from '../store-file.js';
import { resolveTarget } from '../target.js';
import { counted } from '../text.js';

export const verify = defineCommand({
  name: 'verify',
  summary: 'replay the journal of a store and check every hash; exits 6 when it is damaged',
  arguments: [
    {
      name: 'STORE',
      description: 'name or id, a path inside a mount, or the path of the file of a store or a snapshot',
    },
  ],
  options: [],
  input: z.object({}),
  output: VerifyReportBody,
  exits: ['notFound', 'invalid'],
  async run(context, [reference]) {
    const file = storeFile(context.around.cwd, reference!);
    const progress = new Progress(context.around.stderr, !context.json);
    for await (const event of file === null ? ofStore(context, reference!) : ofFile(file)) {
      if ('progress' in event) {
        const { done, total } = event.progress;
        progress.show(() => `verifying ${bar(done, total)}`);
        continue;
      }
      progress.clear();
      const { report } = event;
      context.print(report, () =>
        report.ok
          ? `good: ${counted(report.records, 'record')}, ${counted(report.versions, 'version')}, ${counted(report.contents, 'content')}; chain ${report.chain}`
          : `${damage(report.first_bad)}\nnext: memfsd store salvage ${quoted(reference!)} FILE`,
      );
      return report.ok ? ExitCode.done : ExitCode.invalid;
    }
    throw new MemfsError('internal', 'the verification gave no report');
  },
});

async function* ofStore(context: Context, reference: string): AsyncGenerator<VerifyEvent> {
  const client = await context.daemon();
  const { store } = await resolveTarget(client, context.around.cwd, reference, undefined);
  yield* client.history.verify({ store });
}

/** In this process, with the user's rights. */
async function* ofFile(path: string): AsyncGenerator<VerifyEvent> {
  const { verifyFile } = await loadSalvage();
  for await (const event of verifyFile(path)) yield 'result' in event ? { report: event.result } : event;
}

function damage(bad: VerifyReportBody['first_bad']): string {
  if (bad === null) return 'damaged';
  return bad.seq === null
    ? `damaged: ${bad.problem}`
    : `damaged: the first bad record is ${bad.seq}: ${bad.problem}`;
}
