/** Tools that propose edits, list them, take them back, and finish. */
import { z } from 'zod';
import { MemfsError } from '../../core/errors.js';
import { Change, editKinds, type ProposedEdit } from '../edit.js';
import type { Draft } from './draft.js';
import { maskText } from './outgoing.js';
import { evidenceOf, Pointer } from './pointer.js';
import type { Source } from './source.js';
import { type Tool, tool } from './tool.js';
import { cut, page } from './tool-text.js';

const kinds = editKinds.filter((kind) => kind !== 'review');

export interface EditParts {
  readonly source: Source;
  readonly draft: Draft;
  /** Why the guard refuses the last of these edits, each made with those before it; null: it does not. */
  refusalOf(edits: readonly ProposedEdit[]): string | null;
  /** Called once for each edit that is refused. */
  onRefusal(edit: ProposedEdit, why: string): void;
  onFinish(closing: Closing): void;
}

/** The model's words at the end of a round. */
export interface Closing {
  readonly remarks: readonly string[];
  readonly notes: string;
}

export const editTools = (parts: EditParts): readonly Tool[] => [
  tool({
    name: 'propose_edit',
    description:
      'Proposes one edit: a set of changes that belong together, which a person can take or leave by itself. It is ' +
      'carried out at once on a copy of the store, so later reads and edits see it. Changes are done in their order, ' +
      'all or none. op "create": a new memory at `path`; "replace": `old` (letter for letter, as short as is ' +
      'unambiguous) becomes `new` in the memory at `path`, the place nearest to `line`; "append": `text` at the end, on ' +
      'a line of its own; "remove": the memory goes; "move": to the path `to`. The result is the number of the edit, ' +
      'or what is wrong with it; then correct it and propose it again.',
    input: z.strictObject({
      kind: z.enum(kinds),
      reason: z.string().min(1).max(500).describe('One sentence for the reviewer: what was found.'),
      confidence: z.number().min(0).max(1).describe('How sure you are that a reviewer accepts it.'),
      changes: z.array(Change).min(1).max(200),
      evidence: z.array(Pointer).max(50).describe('Everything that the edit rests on.'),
    }),
    run: ({ evidence, reason, ...edit }) => {
      const found = evidence.map((each) => evidenceOf(each, parts.source));
      const n = proposed({ ...edit, reason: maskText(reason), evidence: found }, parts);
      return `Edit ${n} is proposed.`;
    },
  }),
  tool({
    name: 'list_edits',
    description: 'Lists the edits proposed so far, those of earlier parts of this dream too.',
    input: z.strictObject({
      skip: z.int().min(0).optional().describe('Leave out so many: for the next page.'),
    }),
    run: ({ skip = 0 }) => {
      const lines = parts.draft.edits.slice(skip).map(({ n, edit }) => editText(n, edit));
      if (lines.length === 0) return 'No (more) edits.';
      return page(lines, (count) => `[more: call again with skip=${skip + count}]`);
    },
  }),
  tool({
    name: 'withdraw_edit',
    description: 'Takes a proposed edit back, for instance to propose it again in another form.',
    input: z.strictObject({ edit: z.int().min(1).describe('Its number.') }),
    run: ({ edit }) => {
      parts.draft.withdraw(edit);
      return `Edit ${edit} is withdrawn.`;
    },
  }),
  tool({
    name: 'finish',
    description:
      'Ends this part of the dream. Call it when everything worth an edit is proposed, or nothing is.',
    input: z.strictObject({
      remarks: z
        .array(z.string().min(1).max(400))
        .max(10)
        .describe('For the reviewer: what you saw and made no edit of, one sentence each. Often empty.'),
      notes: z
        .string()
        .max(4_000)
        .describe(
          'For the later parts of this dream: what may belong together with what is in other sessions.',
        ),
    }),
    run: (closing) => {
      parts.onFinish(closing);
      return 'This part of the dream is finished.';
    },
  }),
];

/**
 * Returns the number of the edit. Throws `refused_by_policy` at once for an edit that the guard would refuse
 * in the end, while the model can still mend it.
 */
function proposed(edit: ProposedEdit, { draft, refusalOf, onRefusal }: EditParts): number {
  const { n } = draft.propose(edit);
  const why = refusalOf(draft.edits.map((each) => each.edit));
  if (why === null) return n;
  draft.withdraw(n);
  onRefusal(edit, why);
  throw new MemfsError('refused_by_policy', `the guard refuses it: ${maskText(why)}`, {
    hint: 'propose it again with what is missing, or leave it',
  });
}

export function editText(n: number, { kind, reason, confidence, changes, evidence }: ProposedEdit): string {
  const steps = changes.map((change) => `  ${cut(maskText(JSON.stringify(change)), 600)}`);
  return [
    `edit ${n} · ${kind} · confidence ${confidence} · ${evidence.length} pieces of evidence · ${maskText(reason)}`,
    ...steps,
  ].join('\n');
}
