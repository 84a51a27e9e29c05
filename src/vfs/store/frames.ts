import type { Actor } from '../../core/model.js';
import { mainBranch } from '../../journal/branches/branches.js';
import type { OperationName } from '../operations/all.js';
import type { Origin } from './operation.js';
import { type Frame, type LiveContext, numberOfRules } from './operation-contexts.js';

/** An operation that was carried out. */
export interface Done {
  readonly name: OperationName;
  readonly args: unknown;
  readonly result: unknown;
}

/** Returns the frame of an operation. It names the actor, unless the frame before it (by `lastActor`) has done so. */
export function frameOf(
  { name, args, result }: Done,
  { connection, unique, actor, rules }: Origin,
  { now, salts, workspace, verdicts }: LiveContext,
  lastActor: Actor,
): Frame {
  const writeRules = numberOfRules(rules);
  return {
    o: name,
    a: args,
    ...(workspace.branch.id === mainBranch.id ? {} : { b: workspace.branch.id }),
    c: connection,
    ...(unique === 0n ? {} : { u: String(unique) }),
    ...(actor === lastActor ? {} : { p: named(actor) }),
    ...(writeRules === 0 ? {} : { w: writeRules }),
    t: [now.sec, now.nsec, now.ms],
    ...(salts.length === 0 ? {} : { s: salts.map((salt) => salt.toString('base64')) }),
    ...(verdicts.every(({ verdict }) => verdict === 'accept') ? {} : { v: verdicts }),
    r: result,
  };
}

type ActorName = NonNullable<Frame['p']>;

const named = ({ agent, session, claimed }: Actor): ActorName =>
  claimed === true ? [agent, session, true] : [agent, session];

export const actorNamed = ([agent, session, claimed]: ActorName): Actor =>
  claimed === true ? { agent, session, claimed } : { agent, session };
