/** Sessions as such; what happened in them is in transcripts.ts. */
import { z } from 'zod';
import { type Endpoints, json } from '../endpoint.js';
import { Name, Nothing, SessionId } from '../parameters.js';
import { SessionBody } from './transcripts.js';

export const BeginRequest = z.object({
  /** Absent: a new one. */
  session: Name.optional(),
  /** Absent: the agent that it has, else the user. */
  agent: Name.optional(),
  /** The process that it is begun for, with all that descends from it. Absent: nobody; its name can be used. */
  pid: z.int().min(1).optional(),
  origin: z.enum(['begin', 'run']).default('begin'),
});
export type BeginRequest = z.infer<typeof BeginRequest>;

export const LiveSession = z.object({
  id: z.string(),
  agent: z.string(),
  /** Who began it: the owner by `mount`, `run` or `begin`; `claimed`: a process on a mount named itself so. */
  origin: z.enum(['mount', 'run', 'begin', 'claimed']),
  begun_at: z.string(),
  /** Null: it goes on. */
  ended_at: z.string().nullable(),
  /** `tree`: it was begun for this process or one that it descends from; else the process names it. */
  processes: z.array(z.object({ pid: z.int(), command: z.string(), tree: z.boolean() })),
  /** Where its mounts are. */
  mounts: z.array(z.string()),
  /** The next three since the engine started: when it last asked for something, how often, and how much was refused. */
  last_call: z.string().nullable(),
  calls: z.int(),
  refusals: z.int(),
});
export type LiveSession = z.infer<typeof LiveSession>;

/** What is kept of a transcript of it, if there is one; `mounts` stay, for reading. */
export const EndedSession = SessionBody.extend({ mounts: z.array(z.string()) });
export type EndedSession = z.infer<typeof EndedSession>;

export const sessions = {
  /** One that has ended begins anew. A session is told of itself, for a process that is in its tree already. */
  begin: {
    request: 'POST /sessions',
    body: 'json',
    input: BeginRequest,
    output: json(LiveSession),
    session: 'own',
  },
  /** Those that have processes or mounts, the one that was begun last first. */
  live: {
    request: 'GET /live-sessions',
    input: Nothing,
    output: json(z.object({ sessions: z.array(LiveSession) })),
    session: 'own',
  },
  /** Its name changes nothing any more, until it is begun again; what there is of its transcript ends, too. */
  end: {
    request: 'POST /sessions/:session/end',
    input: z.object({ session: SessionId }),
    output: json(EndedSession),
    session: 'own',
  },
} as const satisfies Endpoints;
