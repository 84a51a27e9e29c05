import { z } from 'zod';
import { ConflictDetail } from '../../api/endpoints/conflicts.js';
import type { Content } from '../../api/endpoints/history.js';
import { contentBytes } from '../../api/render.js';
import { quoted } from '../../core/quoted.js';
import { defineCommand } from '../command.js';
import { conflictArguments, resolveConflictTarget } from '../conflict-target.js';
import { type CreatePatch, coloured, type PatchSide, patchCreator } from '../patch.js';
import { safe } from '../text.js';

export const conflictsShow = defineCommand({
  name: 'conflicts show',
  summary: 'show a conflict: what either side made of the version that the writer knew',
  arguments: conflictArguments,
  options: [],
  input: z.object({}),
  output: ConflictDetail,
  exits: ['notFound', 'invalid'],
  async run(context, words) {
    const client = await context.daemon();
    const { store, path, number, branch } = await resolveConflictTarget(client, context.around.cwd, words);
    const conflict = await client.onBranch(branch).conflicts.show({ store, path, number });
    const createPatch = await patchCreator();
    context.print(conflict, () => {
      const patches = [patchOf(conflict, 'mine', createPatch), patchOf(conflict, 'theirs', createPatch)];
      const text = patches.map((patch) => (context.coloured ? coloured(patch) : patch)).join('');
      return `${headOf(conflict)}\n${text}${adviceFor(conflict, store)}`;
    });
  },
});

const headOf = ({ path, number, time, operation, agent, session, cause }: ConflictDetail): string =>
  `conflict ${number} of ${safe(path)}: ${operation} at ${time} by ${safe(agent)}, ${safe(session)}\n${safe(cause)}`;

function patchOf(conflict: ConflictDetail, side: 'mine' | 'theirs', createPatch: CreatePatch): string {
  const { path, base } = conflict;
  const changed = conflict[side];
  if (side === 'mine' && changed === null) return 'mine: refused before anything was written\n';
  if (base?.encoding === 'base64' || changed?.encoding === 'base64') return `${side}: not text\n`;
  const patch = createPatch(sideOf(`base${path}`, base), sideOf(`${side}${path}`, changed));
  return patch ?? `${side}: too different for a patch\n`;
}

const sideOf = (name: string, content: Content | null): PatchSide =>
  content === null
    ? { name: '/dev/null', text: '' }
    : { name: safe(name), text: contentBytes(content).toString() };

function adviceFor({ path, number, resolution }: ConflictDetail, store: string): string {
  if (resolution !== null) return `resolved: ${resolution}\n`;
  const command = `memfsd conflicts resolve ${quoted(store)} ${quoted(path)} ${number}`;
  return `next: ${command} --take mine, --take theirs or --file FILE\n`;
}
