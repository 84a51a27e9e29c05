import { existsSync } from 'node:fs';
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { defineCommand } from '../command.js';
import { runDetached } from '../detached.js';

/** The input that Claude Code gives a hook; more may be in it. */
const HookInput = z.object({
  hook_event_name: z.string().optional(),
  transcript_path: z.string().startsWith('/'),
});

const longestInput = 4 * 1024 * 1024;

export const sessionHook = defineCommand({
  name: 'session hook',
  summary:
    'for the hooks Stop and SessionEnd of Claude Code: reads their JSON, answers at once, ingests afterwards',
  arguments: [],
  options: [
    { flags: '--store <store>', description: 'the store that the sessions worked with' },
    { flags: '--agent <name>', description: 'whose sessions these are' },
  ],
  // Not `usage` when it is missing: its exit code 2 would keep the agent from stopping.
  input: z.object({ store: z.string().optional(), agent: z.string().optional() }),
  output: z.object({ pid: z.int().nullable() }),
  exits: ['invalid'],
  async run(context, _, { store, agent }) {
    if (!store) throw new MemfsError('invalid', 'the hook does not say which store: --store STORE');
    const { hook_event_name: event, transcript_path: transcript } = await readHook(context.around.stdin);
    const subagents = `${transcript.replace(/\.jsonl$/, '')}/subagents`;
    const pid = runDetached(context, [
      'session',
      'ingest',
      transcript,
      ...(existsSync(subagents) ? [subagents] : []),
      ...['--store', store],
      ...(agent ? ['--agent', agent] : []),
      ...(event === 'SessionEnd' ? ['--end'] : []),
    ]);
    context.print({ pid: pid ?? null }, () => '');
  },
});

async function readHook(stdin: NodeJS.ReadableStream): Promise<z.infer<typeof HookInput>> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > longestInput) throw new MemfsError('too_large', 'the input of the hook is too long');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MemfsError('invalid', 'the input of the hook is not JSON', { cause });
  }
  const input = HookInput.safeParse(value);
  if (!input.success) throw new MemfsError('invalid', 'the input of the hook names no transcript_path');
  return input.data;
}
