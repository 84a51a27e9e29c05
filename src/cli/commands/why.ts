import { z } from 'zod';
import type { ControlClient } from '../../api/client/client.js';
import { type BlameLineBody, BlameLineSchema, SessionReadSchema } from '../../api/endpoints/history.js';
import { SessionBody } from '../../api/endpoints/transcripts.js';
import { asMemfsError, MemfsError } from '../../core/errors.js';
import { TranscriptEvent } from '../../sessions/event.js';
import { findWriter } from '../../sessions/find-writer.js';
import { defineCommand } from '../command.js';
import { eventText } from '../event-text.js';
import { resolveMemory } from '../target.js';
import { safe } from '../text.js';

const Reason = z.object({
  path: z.string(),
  line: BlameLineSchema,
  /** Null: there is no transcript of it. */
  session: SessionBody.nullable(),
  /** The tool call that wrote the line; null: none was found. */
  writer: z
    .object({
      call: TranscriptEvent,
      /** Else only the name of the file stands in it. */
      holds_line: z.boolean(),
      /** What the agent said last before the call, and first after it. */
      said: z.array(TranscriptEvent).readonly(),
    })
    .nullable(),
  /** What the session had read of the store before it wrote the line. */
  read_before: z.array(SessionReadSchema),
});
type Reason = z.infer<typeof Reason>;

export const why = defineCommand({
  name: 'why',
  summary:
    'say where a line comes from: its version, its session, the tool call that wrote it, what was read before',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'the memory, with :LINE; without, its newest line', optional: true },
  ],
  options: [],
  input: z.object({}),
  output: Reason,
  exits: ['notFound', 'permission', 'invalid'],
  async run(context, [reference, pathArgument]) {
    const [place, number] = splitLine(pathArgument ?? reference!);
    const [storeName, name] = pathArgument === undefined ? [place, undefined] : [reference!, place];
    const client = await context.daemon();
    const { store, path, branch } = await resolveMemory(client, context.around.cwd, storeName, name);
    const line = await blamed(client.onBranch(branch), store, path, number);
    const session = await transcriptOf(client, line.session);
    const written = { path, text: line.text, time: line.time };
    const writer = session && (await findWriter(client.transcripts.events({ session: session.id }), written));
    const read_before = [];
    for await (const read of client.history.reads({ store, session: line.session }))
      if (read.time <= line.time && read.seq < line.seq) read_before.push(read);
    const reason: Reason = { path, line, session, writer, read_before };
    context.print(reason, () => reasonText(reason));
    if (session === null)
      context.note(`next: memfsd session ingest FILE --store ${safe(store)} --session ${safe(line.session)}`);
  },
});

function splitLine(argument: string): [place: string, line: number | null] {
  const match = /^(.+):(\d{1,9})$/s.exec(argument);
  return match === null ? [argument, null] : [match[1]!, Number(match[2])];
}

/** `number` null: the first of those that the newest version brought. */
async function blamed(
  client: ControlClient,
  store: string,
  path: string,
  number: number | null,
): Promise<BlameLineBody> {
  let found: BlameLineBody | undefined;
  for await (const line of client.history.blame({ store, path }))
    if (number === null ? line.seq > (found?.seq ?? 0) : line.line === number) found = line;
  if (found === undefined)
    throw new MemfsError('not_found', number === null ? `${path} is empty` : `${path} has no line ${number}`);
  return found;
}

async function transcriptOf(client: ControlClient, session: string): Promise<SessionBody | null> {
  try {
    return await client.transcripts.show({ session });
  } catch (error) {
    if (asMemfsError(error).code === 'not_found') return null;
    throw error;
  }
}

function reasonText({ path, line, session, writer, read_before }: Reason): string {
  const call =
    session === null
      ? `there is no transcript of session ${safe(line.session)}`
      : writer === null
        ? `no tool call of session ${safe(session.id)} names the line or the file`
        : `${writer.holds_line ? 'written by' : 'perhaps written by (only the file is named)'}\n${eventText(writer.call)}from ${safe(writer.call.file)}, line ${writer.call.line}`;
  const said = (writer?.said ?? []).map(eventText);
  const reads = read_before.map(({ path: read, seq, time }) => `    ${time}  ${safe(read)}, version ${seq}`);
  return [
    `${safe(path)}, line ${line.line}: ${safe(line.text)}`,
    `version ${line.seq} of ${line.time}, by ${safe(line.agent)} in session ${safe(line.session)}${line.claimed ? ' (claimed)' : ''}`,
    call,
    ...(said.length === 0 ? [] : ['the agent said', ...said]),
    ...(reads.length === 0 ? ['it had read nothing of the store before'] : ['it had read before', ...reads]),
  ].join('\n');
}
