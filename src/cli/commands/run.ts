import { z } from 'zod';
import { OnConflictMode, PreconditionMode } from '../../api/endpoints/mounts.js';
import { Name } from '../../api/parameters.js';
import { MemfsError } from '../../core/errors.js';
import { parseScopeRule } from '../../core/scope.js';
import { defineCommand } from '../command.js';
import { runCommand } from '../run/run.js';

export const run = defineCommand({
  name: 'run',
  summary:
    'run a command as a session of its own, with stores mounted for it; passes on its exit status (128 + n after a ' +
    'signal, 127 not found, 126 not executable)',
  arguments: [
    { name: 'COMMAND...', description: 'with its arguments; what follows it is not read as options' },
  ],
  options: [
    {
      flags: '--store <store>',
      description: 'name or id, with :ro or :rw (default) behind it; several are mounted side by side',
      repeatable: true,
    },
    {
      flags: '--mount <dir>',
      description:
        'where: an empty directory, or one that is made for the time of the run; of several stores, what holds them ' +
        '(DIR/STORE). Default: a private directory. COMMAND finds it as $MEMFSD_MOUNT',
    },
    { flags: '--session <id>', description: 'default: $MEMFSD_SESSION, else a new one' },
    { flags: '--agent <name>', description: 'who works here; default: $MEMFSD_AGENT, else the user' },
    {
      flags: '--allow <rule>',
      description: 'PATTERN=ro or PATTERN=rw for all of the stores, as of memfsd mount',
      repeatable: true,
    },
    { flags: '--precondition <mode>', description: 'observed (default), strict or off, as of memfsd mount' },
    { flags: '--on-conflict <how>', description: 'refuse (default) or merge, as of memfsd mount' },
    {
      flags: '--transcript <path>',
      description:
        "ingested afterwards: a file, or what changed in a directory meanwhile; default: what Claude Code has written, if it was COMMAND's",
    },
    {
      flags: '--isolate',
      description:
        'behind a wall (bubblewrap): COMMAND sees its mounts, the system read-only, the working directory and what ' +
        '--bind passes on; no other processes, no data directory',
    },
    {
      flags: '--bind <place>',
      description: 'with --isolate: SRC[:DEST][:ro], a file or directory that is seen inside too',
      repeatable: true,
    },
    { flags: '--no-network', description: 'with --isolate: no network either' },
  ],
  passThrough: true,
  input: z.object({
    store: z.array(z.string()).min(1, 'is missing'),
    mount: z.string().min(1).optional(),
    session: Name.optional(),
    agent: Name.optional(),
    allow: z.array(z.string()).default([]),
    precondition: PreconditionMode.default('observed'),
    onConflict: OnConflictMode.default('refuse'),
    transcript: z.string().min(1).optional(),
    isolate: z.boolean().default(false),
    bind: z.array(z.string()).default([]),
    network: z.boolean().default(true),
  }),
  output: z.object({}).describe("nothing: standard output is COMMAND's"),
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'unreachable', 'unsupported', 'limit'],
  run(context, command, options) {
    const { isolate, bind, network } = options;
    if (!isolate && (bind.length > 0 || !network))
      throw new MemfsError('usage', '--bind and --no-network belong to --isolate');
    return runCommand(context, command, {
      stores: options.store,
      session: options.session,
      agent: options.agent,
      directory: options.mount,
      allow: options.allow.map(parseScopeRule),
      precondition: options.precondition,
      onConflict: options.onConflict,
      transcript: options.transcript,
      wall: isolate ? { bind, network } : undefined,
    });
  },
});
