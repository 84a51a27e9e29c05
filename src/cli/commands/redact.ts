import { z } from 'zod';
import type { LogRecordBody } from '../../api/endpoints/history.js';
import { RedactionBody } from '../../api/endpoints/memories.js';
import { defineCommand } from '../command.js';
import { resolveTarget } from '../target.js';
import { counted, safe } from '../text.js';

export const redact = defineCommand({
  name: 'redact',
  summary: 'take the content of versions away for good; the journal says so and still verifies',
  arguments: [
    { name: 'STORE', description: 'name or id, or a path inside a mount' },
    { name: 'VERSION...', description: 'memver_… ids or sequence numbers, as memfsd log shows them' },
  ],
  options: [],
  input: z.object({}),
  output: RedactionBody,
  exits: ['notFound', 'conflict', 'permission', 'invalid'],
  async run(context, [reference, ...versions]) {
    const client = await context.daemon();
    const { store } = await resolveTarget(client, context.around.cwd, reference!, undefined);
    const result = await client.memories.redact({ store, versions, ...context.actor() });
    context.print(result, () =>
      [
        ...result.records.map(
          ({ seq, path, removes }) =>
            `redacted ${safe(path)}: the content of ${counted(removes.length, 'version')} (${removes.join(', ')}) is gone, says record ${seq}`,
        ),
        ...(result.conflicts === 0
          ? []
          : [`it was kept by ${counted(result.conflicts, 'refused write')}, and is gone there too`]),
        ...result.still_in.map(({ record, bytes }) => `${named(record)} still has ${bytes} bytes of it`),
      ].join('\n'),
    );
    if (result.still_in.length > 0) {
      const others = [...new Set(result.still_in.map(({ record }) => record.seq))];
      context.note(`next: memfsd redact ${safe(reference!)} ${others.join(' ')}   if these must go as well`);
    }
  },
});

const named = ({ seq, path }: LogRecordBody): string => `version ${seq} of ${safe(path)}`;
