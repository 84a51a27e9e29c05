/** An event of a session, in one shape for every format. */
import { z } from 'zod';
import { nameMeaning, namePattern } from '../core/names.js';

export const eventKinds = [
  'user_text',
  'agent_text',
  'thinking',
  'tool_call',
  'tool_result',
  /** A summary in place of a part of the session that was compacted, and the place where that was done. */
  'summary',
  /** Text of the program around the agent; empty where only its place in the chain matters. */
  'system',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** Whose words they are. `external`: the program's, an attachment's, a hook's. */
export const eventOrigins = ['user', 'agent', 'tool_result', 'external'] as const;
export type EventOrigin = (typeof eventOrigins)[number];

const Name = z.string().min(1).max(255);

/** An event as a reader gives it. */
export const EventBody = z.object({
  session: z.string().regex(namePattern, nameMeaning),
  /** The id of the message it is part of: unique in the session. */
  entry: Name,
  /** The number of the part in that message, from 0. */
  part: z.int().min(0),
  /** The entry that came before it in the conversation; null: it began one. */
  parent: Name.nullable(),
  kind: z.enum(eventKinds),
  origin: z.enum(eventOrigins),
  /** RFC 3339, in UTC, with milliseconds. */
  time: z.string().nullable(),
  /** For a tool call: its input, as JSON. */
  text: z.string(),
  /** So many characters of the text were left out at its end. */
  cut: z.int().min(0),
  /** Joins a call and its result. */
  tool_id: z.string().nullable(),
  tool_name: z.string().nullable(),
  is_error: z.boolean(),
  /** The agent that a part of the work was given to; null: the session's own. */
  subagent: z.string().nullable(),
  /** Beside the main conversation. */
  sidechain: z.boolean(),
  cwd: z.string().nullable(),
  model: z.string().nullable(),
  /** From 1; where the record of the source begins. */
  line: z.int().min(1),
  /** In bytes. */
  offset: z.int().min(0),
});
export type EventBody = z.infer<typeof EventBody>;

/** An event as it is kept. */
export const TranscriptEvent = EventBody.extend({
  /** Where it stands in its session: go on after it. */
  cursor: z.string(),
  /** The file that it was read from. */
  file: z.string(),
});
export type TranscriptEvent = z.infer<typeof TranscriptEvent>;
