/** Edits, which a dream proposes; each can be taken or left by itself (docs/dreams.md). */
import { z } from 'zod';
import { eventOrigins } from '../sessions/event.js';
import { authorities } from './trust/authority.js';

export const editKinds = [
  'merge_duplicates',
  'resolve_contradiction',
  'remove_stale',
  /** A pattern that no single session shows, a failure and its fix, or a procedure (`skills/…/SKILL.md`). */
  'note_pattern',
  /** A dated note that transcripts confirmed an entry. */
  'verify',
  'reorganise',
  'redact_secret',
  /** A reviewer's changes on the branch; no dream proposes this kind. */
  'review',
] as const;
export type EditKind = (typeof editKinds)[number];

/** The path of a memory, `/`-rooted, as the journal has it. */
const Path = z.string().startsWith('/');

/** One step on one memory. The steps of an edit are carried out in their order, all or none. */
export const Change = z.discriminatedUnion('op', [
  /** A new memory; there must be none at the path. */
  z.object({ op: z.literal('create'), path: Path, text: z.string() }),
  /**
   * `old` becomes `new`. It is found as it stands, letter for letter; where it stands several times, the one
   * that begins nearest to `line` (from 1, of the tree that the dream was made from) is meant.
   */
  z.object({
    op: z.literal('replace'),
    path: Path,
    old: z.string().min(1),
    new: z.string(),
    line: z.int().min(1),
  }),
  /** Adds text at the end, on a line of its own. */
  z.object({ op: z.literal('append'), path: Path, text: z.string() }),
  z.object({ op: z.literal('remove'), path: Path }),
  z.object({ op: z.literal('move'), path: Path, to: Path }),
]);
export type Change = z.infer<typeof Change>;

/** An event of a transcript that supports an edit. */
export const EventEvidence = z.object({
  type: z.literal('event'),
  session: z.string(),
  /** `cursor` of the event in its session. */
  event: z.string(),
  time: z.string().nullable(),
  origin: z.enum(eventOrigins),
  /** A part of the event's text, as it stands there. */
  quote: z.string(),
});

/** A version of a memory that supports an edit. */
export const MemoryEvidence = z.object({
  type: z.literal('memory'),
  path: Path,
  /** `memver_…` */
  version: z.string(),
  /** From 1. */
  line: z.int().min(1),
  quote: z.string(),
});

export const Evidence = z.discriminatedUnion('type', [EventEvidence, MemoryEvidence]);
export type Evidence = z.infer<typeof Evidence>;
export type EventEvidence = z.infer<typeof EventEvidence>;
export type MemoryEvidence = z.infer<typeof MemoryEvidence>;

/** An edit as a consolidator gives it: nobody has judged it yet. */
export const ProposedEdit = z.object({
  kind: z.enum(editKinds),
  /** One sentence for the reviewer. */
  reason: z.string().min(1),
  /** From 0 to 1. */
  confidence: z.number().min(0).max(1),
  changes: z.array(Change).min(1),
  evidence: z.array(Evidence),
});
export type ProposedEdit = z.infer<typeof ProposedEdit>;

export const editStates = [
  /** On the dream's branch, waiting for review. */
  'staged',
  /** Refused by the guard; `note` says why. */
  'refused',
  'applied',
  /** Not applied, as what it changes had changed meanwhile; `note` says how. */
  'left_out',
  'rejected',
  'reverted',
] as const;
export type EditState = (typeof editStates)[number];

export const editSources = [...authorities, 'memory'] as const;
export type EditSource = (typeof editSources)[number];

export const Edit = ProposedEdit.extend({
  /** From 1, unique in its dream. */
  n: z.int().min(1),
  /** The memories that it touches, sorted. */
  paths: z.array(Path),
  state: z.enum(editStates),
  note: z.string().nullable(),
  /** The authorities that its evidence rests on, as the guard found them; sorted. */
  sources: z.array(z.enum(editSources)),
  /**
   * Whether the guard found it proved: it says the same in fewer words, or a user or a live check confirmed
   * it.
   */
  provable: z.boolean(),
});
export type Edit = z.infer<typeof Edit>;

export function pathsOf(changes: readonly Change[]): string[] {
  const paths = changes.flatMap((change) =>
    change.op === 'move' ? [change.path, change.to] : [change.path],
  );
  return [...new Set(paths)].sort();
}
