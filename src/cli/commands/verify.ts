import { z } from 'zod';
import { VerifyReportBody } from '../../api/protocol.js';
import { ExitCode, MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { bar, Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { counted, quoted } from '../text.js';

export const verify = defineCommand({
  name: 'verify',
  summary: 'replay the journal of a store and check every hash; exits 6 when it is damaged',
  arguments: [{ name: 'STORE', description: 'name or id, or a path inside a mount' }],
  options: [],
  input: z.object({}),
  output: VerifyReportBody,
  exits: ['notFound', 'invalid'],
  async run(context, [reference]) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const progress = new Progress(context.around.stderr, !context.json);
    for await (const event of client.verify(store)) {
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

function damage(bad: VerifyReportBody['first_bad']): string {
  if (bad === null) return 'damaged';
  return bad.seq === null
    ? `damaged: ${bad.problem}`
    : `damaged: the first bad record is ${bad.seq}: ${bad.problem}`;
}
