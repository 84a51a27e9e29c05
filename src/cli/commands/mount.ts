import { z } from 'zod';
import { MountSummary, OnConflictMode, PreconditionMode } from '../../api/endpoints/mounts.js';
import { Name, Selector } from '../../api/parameters.js';
import { MemfsError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { parseScopeRule } from '../../core/scope.js';
import { defineCommand } from '../command.js';
import { prepareMountpoint } from '../mountpoint.js';

export const mount = defineCommand({
  name: 'mount',
  summary: 'show a store as a directory',
  arguments: [
    { name: 'STORE', description: 'name or id' },
    { name: 'DIR', description: 'an empty directory; made (0555) if absent' },
  ],
  options: [
    { flags: '--read-only', description: 'every change is refused with EROFS' },
    {
      flags: '--allow <rule>',
      description:
        'PATTERN=ro or PATTERN=rw, as often as needed: the first that matches a path decides, what matches none is hidden; ' +
        "* and ? within a name, ** over any number of names; 'incidents/**=rw' is a directory and all below it",
      repeatable: true,
    },
    { flags: '--branch <name>', description: 'default: main' },
    {
      flags: '--at <version>',
      description: 'read-only: the store as it was, by sequence number or RFC 3339 time',
    },
    {
      flags: '--agent <name>',
      description: 'who works here, for the journal; default: $MEMFSD_AGENT, else the user',
    },
    {
      flags: '--session <id>',
      description: 'the session to record; default: $MEMFSD_SESSION, else a new one',
    },
    {
      flags: '--precondition <mode>',
      description:
        'what a write must still find: observed (default; what its session has read), strict (and it must have read it), ' +
        'off (the last write wins)',
    },
    {
      flags: '--on-conflict <how>',
      description:
        'of a write whose precondition fails: refuse (default), or merge the lines where that is clean',
    },
    { flags: '--allow-other', description: 'let other users in, as far as the permission bits go' },
    {
      flags: '--suid-dev',
      description: 'for conformance tests, root only: set-user-id files and device nodes work',
    },
  ],
  input: z.object({
    readOnly: z.boolean().default(false),
    allow: z.array(z.string()).default([]),
    branch: z.string().min(1).default('main'),
    at: Selector.optional(),
    precondition: PreconditionMode.default('observed'),
    onConflict: OnConflictMode.default('refuse'),
    agent: Name.optional(),
    session: Name.optional(),
    allowOther: z.boolean().default(false),
    suidDev: z.boolean().default(false),
  }),
  output: MountSummary,
  exits: ['notFound', 'conflict', 'permission', 'invalid', 'unsupported'],
  async run(context, [store, directory], options) {
    const allow = options.allow.map(parseScopeRule);
    // A start mounts again what a crash left dead: only then the mountpoint can be judged.
    const client = await context.daemon();
    const mountpoint = prepareMountpoint(context.around.cwd, directory!);
    const { agent } = context.actor();
    try {
      const mounted = await client.mounts.mount({
        store: store!,
        path: mountpoint.path,
        branch: options.branch,
        scope: options.readOnly ? 'read_only' : 'read_write',
        agent: options.agent ?? agent,
        session: options.session,
        allow,
        precondition: options.precondition,
        on_conflict: options.onConflict,
        at: options.at,
        allow_other: options.allowOther,
        suid_dev: options.suidDev,
      });
      if (mounted.problem !== null) context.note(mounted.problem);
      context.print(
        mounted,
        () => `${mounted.store_name}${onBranch(mounted.branch)} is mounted at ${quoted(mounted.path)}`,
      );
    } catch (error) {
      mountpoint.undo();
      throw withStore(error, store!, mountpoint.path);
    }
  },
});

/** The daemon's hint, as a command for this store. */
function withStore(error: unknown, store: string, path: string): unknown {
  if (!(error instanceof MemfsError) || error.code !== 'not_empty') return error;
  return new MemfsError('not_empty', error.message, {
    hint: `memfsd store import ${quoted(store)} ${quoted(path)}, then empty it; or choose another directory`,
    cause: error,
  });
}

const onBranch = (branch: string): string => (branch === 'main' ? '' : ` (branch ${branch})`);
