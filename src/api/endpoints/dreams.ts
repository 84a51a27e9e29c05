/** Dreams, by their id or the beginning of it. */
import { z } from 'zod';
import { Dream, DreamRequest } from '../../dream/dream.js';
import { Edit, editStates } from '../../dream/edit.js';
import { type Endpoints, json, lines, refused } from '../endpoint.js';
import { ActorSchema, Nothing, Store } from '../parameters.js';
import { DiffBody } from './history.js';

/** What is not said is as for a person who asks without more ado. */
export const DreamRunRequest = z.object({
  engine: DreamRequest.shape.engine.default('local'),
  sessions: DreamRequest.shape.sessions.default(null),
  since: DreamRequest.shape.since.default(null),
  all: DreamRequest.shape.all.default(false),
  instructions: DreamRequest.shape.instructions.default(null),
  model: DreamRequest.shape.model.default(null),
  base_url: DreamRequest.shape.base_url.default(null),
  allow_upload: DreamRequest.shape.allow_upload.default(false),
});
export type DreamRunRequest = z.infer<typeof DreamRunRequest>;

const Progress = z.object({ done: z.int(), total: z.int(), what: z.string() });

export const DreamSummary = Dream.extend({
  store_name: z.string(),
  /** While it runs. */
  progress: Progress.nullable(),
  /** Edits by their state. */
  counts: z.partialRecord(z.enum(editStates), z.int()),
});
export type DreamSummary = z.infer<typeof DreamSummary>;

export const DreamDetail = DreamSummary.extend({
  edits: z.array(Edit),
  /** By the guard; `note` says why. */
  refused: z.array(Edit),
  /** How many memories of the store have changed since it was made. Null: there is nothing to review. */
  moved: z.object({ memories: z.int() }).nullable(),
});
export type DreamDetail = z.infer<typeof DreamDetail>;

/** The last one is the dream, when it has ended. */
export const DreamEvent = z.union([z.object({ progress: Progress }), z.object({ dream: DreamDetail })]);
export type DreamEvent = z.infer<typeof DreamEvent>;

/** Which edits; both null: all that wait for review. */
export const EditChoice = z.object({
  edits: z.array(z.int().min(1)).min(1).nullable().default(null),
  except: z.array(z.int().min(1)).min(1).nullable().default(null),
});
export type EditChoice = z.infer<typeof EditChoice>;

const Written = z.object({
  path: z.string(),
  outcome: z.enum(['created', 'changed', 'removed', 'moved', 'left_out']),
  /** Why it was left out; where a moved one was. */
  reason: z.string().nullable(),
});

export const DreamOutcome = z.object({
  id: z.string(),
  status: Dream.shape.status,
  paths: z.array(Written),
  /** Numbers of the edits. */
  applied: z.array(z.int()),
  left_out: z.array(z.object({ n: z.int(), reason: z.string() })),
  rejected: z.array(z.int()),
  /** Of memories that the reviewer changed in the shadow directory. */
  reviewed: z.array(z.string()),
});
export type DreamOutcome = z.infer<typeof DreamOutcome>;

const One = z.object({ dream: z.string().min(1).max(64) });
const Several = json(z.object({ dreams: z.array(DreamSummary) }));

/** They quote what other sessions were shown, and deciding on them is a person's. */
const session = refused('look after dreams');

export const dreams = {
  /** Answers at once. `busy` while another dream of the store is under way. */
  run: {
    request: 'POST /stores/:store/dreams',
    body: 'json',
    input: Store.extend({ ...DreamRunRequest.shape, ...ActorSchema.shape }),
    output: json(DreamSummary),
    session,
  },
  /** The latest first. */
  list: { request: 'GET /dreams', input: Nothing, output: Several, session },
  listOf: { request: 'GET /stores/:store/dreams', input: Store, output: Several, session },
  show: { request: 'GET /dreams/:dream', input: One, output: json(DreamDetail), session },
  /** Until it has ended. */
  follow: { request: 'GET /dreams/:dream/events', input: One, output: lines(DreamEvent), session },
  /** For a person, in Markdown. */
  report: {
    request: 'GET /dreams/:dream/report',
    input: One,
    output: json(z.object({ report: z.string() })),
    session,
  },
  /** What the branch, a reviewer's changes included, makes of the tree that the dream was made from. */
  diff: { request: 'GET /dreams/:dream/diff', input: One, output: lines(DiffBody), session },
  apply: {
    request: 'POST /dreams/:dream/apply',
    body: 'json',
    input: One.extend({ ...EditChoice.shape, ...ActorSchema.shape }),
    output: json(DreamOutcome),
    session,
  },
  reject: {
    request: 'POST /dreams/:dream/reject',
    body: 'json',
    input: One.extend(EditChoice.shape),
    output: json(DreamOutcome),
    session,
  },
  revert: {
    request: 'POST /dreams/:dream/revert',
    body: 'json',
    input: One.extend(ActorSchema.shape),
    output: json(DreamOutcome),
    session,
  },
  /** `conflict` for one that does not run. */
  cancel: { request: 'POST /dreams/:dream/cancel', input: One, output: json(DreamSummary), session },
} as const satisfies Endpoints;
