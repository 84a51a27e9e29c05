import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { askKeeper } from '../../api/client/keeper.js';
import { DreamDetail } from '../../api/endpoints/dreams.js';
import { asMemfsError, type ErrorCode, ExitCode, MemfsError } from '../../core/errors.js';
import { engines } from '../../dream/dream.js';
import { defineCommand } from '../command.js';
import type { Context } from '../context.js';
import { countsText, editText, nextText, statusText } from '../dream-text.js';
import { statusAfter } from '../interrupt.js';
import { bar, Progress } from '../progress.js';
import { resolveTarget } from '../target.js';
import { counted, safe } from '../text.js';

export const dreamRun = defineCommand({
  name: 'dream run',
  summary: 'read what agents did, and stage a better memory for review',
  arguments: [{ name: 'STORE', description: 'name or id, or a path inside a mount' }],
  options: [
    {
      flags: '--engine <name>',
      description: 'local (default; no network), or anthropic: a model of the Messages API',
    },
    {
      flags: '--session <id>',
      description:
        'only this transcript, as often as needed; default: those new to the store since its last dream',
      repeatable: true,
    },
    { flags: '--since <time>', description: 'all transcripts of the store since this RFC 3339 time' },
    { flags: '--all', description: 'more than the newest 100 of them' },
    { flags: '--instructions <text>', description: 'what a model should look at, or leave alone' },
    { flags: '--model <name>', description: 'another model than that of config.json' },
    { flags: '--base-url <url>', description: 'of an endpoint that speaks the Messages API' },
    {
      flags: '--allow-upload',
      description: 'memories and transcripts of this store may go there, now and later',
    },
    { flags: '--detach', description: 'return at once: memfsd dream list says how far it is' },
  ],
  input: z.object({
    engine: z.enum(engines).default('local'),
    session: z.array(z.string().min(1)).default([]),
    since: z.string().min(1).optional(),
    all: z.boolean().default(false),
    instructions: z.string().min(1).optional(),
    model: z.string().min(1).optional(),
    baseUrl: z.string().min(1).optional(),
    allowUpload: z.boolean().default(false),
    detach: z.boolean().default(false),
  }),
  output: DreamDetail,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'limit'],
  async run(context, [reference], options) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const { engine, session, since = null, all, instructions = null, detach } = options;
    const { model = null, baseUrl: base_url = null, allowUpload: allow_upload } = options;
    const sessions = session.length === 0 ? null : session;
    const request = { engine, sessions, since, all, instructions, model, base_url, allow_upload };
    const begun = await client.dreams.run({ store, ...request, ...context.actor() });
    if (detach) {
      context.print(await client.dreams.show({ dream: begun.id }), () => begun.id);
      return ExitCode.done;
    }
    const { dream, signal } = await waitFor(context, client, begun.id);
    if (dream.status === 'canceled') {
      context.print(dream, () => `${dream.id}: canceled`);
      return statusAfter(signal);
    }
    if (dream.error !== null) throw failure(dream.error);
    context.print(dream, () => summaryText(dream));
    return ExitCode.done;
  },
});

interface Waited {
  readonly dream: DreamDetail;
  /** What has cancelled it, if this command has. */
  readonly signal: NodeJS.Signals;
}

/** An interrupt cancels the dream; a second one leaves it alone. */
async function waitFor(context: Context, client: ControlClient, id: string): Promise<Waited> {
  const progress = new Progress(context.around.stderr, !context.json);
  let signal: NodeJS.Signals = 'SIGINT';
  const release = context.around.onInterrupt?.((interrupt) => {
    signal = interrupt;
    progress.clear();
    context.note(`cancelling ${id}`);
    void client.dreams.cancel({ dream: id }).catch(() => {});
  });
  try {
    for (;;) {
      try {
        for await (const event of client.dreams.follow({ dream: id })) {
          if ('dream' in event) return { dream: event.dream, signal };
          const { done, total, what } = event.progress;
          progress.show(() => `${total === 0 ? '' : `${bar(done, total)} `}${safe(what)}`);
        }
      } catch (thrown) {
        // The engine was replaced: the dream goes on with the next one.
        if (asMemfsError(thrown).code !== 'unreachable' || (await askKeeper(context.data)) === null)
          throw thrown;
      }
    }
  } finally {
    progress.clear();
    release?.();
  }
}

const failure = ({ code, message, hint }: NonNullable<DreamDetail['error']>): MemfsError =>
  new MemfsError(code as ErrorCode, message, hint === null ? {} : { hint });

function summaryText(dream: DreamDetail): string {
  const { id, sessions, edits, remarks } = dream;
  const lines = [`${id}: ${statusText(dream)}; ${counted(sessions, 'transcript')}, ${countsText(dream)}`];
  lines.push(...edits.map((edit) => editText(edit, true)));
  lines.push(...remarks.map((remark) => `  ${safe(remark)}`));
  const next = nextText(dream);
  if (next.length > 0) lines.push('next:', ...next.map((line) => `  ${line}`));
  return lines.join('\n');
}
