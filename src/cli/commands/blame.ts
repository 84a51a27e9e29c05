import { z } from 'zod';
import { type BlameLineBody, BlameLineSchema } from '../../api/endpoints/history.js';
import { Selector } from '../../api/parameters.js';
import { defineCommand } from '../command.js';
import { resolveMemory } from '../target.js';
import { safe } from '../text.js';

export const blame = defineCommand({
  name: 'blame',
  summary: 'print who wrote each line of a memory, when and in which version',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'the memory', optional: true },
  ],
  options: [
    { flags: '--version <version>', description: 'a memver_… id, a sequence number or an RFC 3339 time' },
  ],
  input: z.object({ version: Selector.optional() }),
  output: BlameLineSchema,
  stream: true,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], { version }) {
    const client = await context.daemon();
    const { store, path, branch } = await resolveMemory(client, context.around.cwd, reference!, pathArgument);
    const lines: BlameLineBody[] = [];
    for await (const line of client.onBranch(branch).history.blame({ store, path, version }))
      lines.push(line);
    if (context.json) for (const line of lines) context.print(line, () => '');
    else context.write(table(lines));
  },
});

function table(lines: readonly BlameLineBody[]): string {
  const width = (cell: (line: BlameLineBody) => string): number =>
    lines.reduce((widest, line) => Math.max(widest, cell(line).length), 0);
  const widths = {
    seq: width(({ seq }) => String(seq)),
    agent: width(({ agent }) => safe(agent)),
    session: width(({ session }) => safe(session)),
    line: String(lines.length).length,
  };
  return lines
    .map(({ seq, agent, session, time, line, text }) => {
      const who = `${safe(agent).padEnd(widths.agent)} ${safe(session).padEnd(widths.session)}`;
      return `${String(seq).padStart(widths.seq)} (${who} ${time} ${String(line).padStart(widths.line)}) ${text}\n`;
    })
    .join('');
}
