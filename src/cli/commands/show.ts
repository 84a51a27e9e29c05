import { z } from 'zod';
import { VersionBody } from '../../api/endpoints/history.js';
import { Selector } from '../../api/parameters.js';
import { contentBody } from '../../api/render.js';
import { defineCommand } from '../command.js';
import { resolveMemory } from '../target.js';

export const show = defineCommand({
  name: 'show',
  summary: 'print the content of a memory, now or as it was',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'PATH', description: 'the memory', optional: true },
  ],
  options: [
    { flags: '--branch <name>', description: 'default: main, or what the mount shows' },
    { flags: '--version <version>', description: 'a memver_… id, a sequence number or an RFC 3339 time' },
  ],
  input: z.object({ branch: z.string().min(1).optional(), version: Selector.optional() }),
  output: VersionBody,
  exits: ['notFound', 'invalid'],
  async run(context, [reference, pathArgument], { branch, version }) {
    const client = await context.daemon();
    const target = await resolveMemory(client, context.around.cwd, reference!, pathArgument);
    const { store, path } = target;
    const { memories } = client.onBranch(branch ?? target.branch);
    const { header: record, content } = await memories.show({ store, path, version });
    const chunks: Uint8Array[] = [];
    for await (const chunk of content)
      if (context.json) chunks.push(chunk);
      else context.write(chunk);
    if (context.json) context.print({ record, content: contentBody(Buffer.concat(chunks)) }, () => '');
  },
});
