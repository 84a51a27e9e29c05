/**
 * Finds sequences of steps that several sessions went through in the same order: frequent contiguous
 * subsequences, from those of three steps upwards, since no sequence is more frequent than a part of it
 * (Agrawal, Srikant: "Mining Sequential Patterns", ICDE 1995).
 */
import { fewestSteps } from './runs.js';

export interface Sequence {
  readonly session: string;
  /** The index of its run among those of the session. */
  readonly run: number;
  /** Hashes of the kinds of its steps. */
  readonly kinds: readonly number[];
}

export interface Procedure {
  readonly length: number;
  /** The sequence of each session, and where in it the procedure begins. */
  readonly cases: readonly { readonly sequence: Sequence; readonly from: number }[];
}

export const fewestSessions = 3;
/**
 * The share of the sessions with the rarest of its steps that took all of them: else the steps only met by
 * chance.
 */
const leastCohesion = 0.6;
const mostSteps = 12;

export function procedures(sequences: readonly Sequence[]): Procedure[] {
  let parts = frequent(
    sequences.map((sequence) => ({ sequence, froms: sequence.kinds.map((_, i) => i) })),
    fewestSteps,
  );
  const found: Procedure[] = [];
  for (let length = fewestSteps; parts.size > 0 && length <= mostSteps; length++) {
    found.unshift(...[...parts.values()].map((cases) => ({ length, cases: onePerSession(cases) })));
    const next = new Map<Sequence, number[]>();
    for (const { sequence, from } of [...parts.values()].flat())
      next.set(sequence, [...(next.get(sequence) ?? []), from]);
    parts = frequent(
      [...next].map(([sequence, froms]) => ({ sequence, froms })),
      length + 1,
    );
  }
  const sessions = sessionsOf(sequences);
  return withoutParts(found).filter(({ length, cases }) => {
    const { sequence, from } = cases[0]!;
    const kinds = sequence.kinds.slice(from, from + length);
    return cases.length >= leastCohesion * Math.min(...kinds.map((kind) => sessions.get(kind)!.size));
  });
}

function sessionsOf(sequences: readonly Sequence[]): Map<number, Set<string>> {
  const sessions = new Map<number, Set<string>>();
  for (const { session, kinds } of sequences)
    for (const kind of kinds) sessions.set(kind, (sessions.get(kind) ?? new Set()).add(session));
  return sessions;
}

type Cases = { sequence: Sequence; from: number }[];

function frequent(
  starts: readonly { sequence: Sequence; froms: readonly number[] }[],
  length: number,
): Map<string, Cases> {
  const all = new Map<string, Cases>();
  for (const { sequence, froms } of starts)
    for (const from of froms) {
      const kinds = sequence.kinds.slice(from, from + length);
      if (kinds.length < length || new Set(kinds).size < fewestSteps) continue;
      const key = kinds.join();
      all.set(key, [...(all.get(key) ?? []), { sequence, from }]);
    }
  for (const [key, cases] of all)
    if (new Set(cases.map(({ sequence }) => sequence.session)).size < fewestSessions) all.delete(key);
  return all;
}

const onePerSession = (cases: Cases): Cases => [
  ...new Map(cases.map((each) => [each.sequence.session, each])).values(),
];

/** Keeps the longest procedures, and shorter ones only if they came up in sessions of their own. */
function withoutParts(found: readonly Procedure[]): Procedure[] {
  const kept: Procedure[] = [];
  for (const procedure of found) {
    const covered = new Set(
      kept.flatMap(({ cases, length }) => cases.flatMap((each) => placesOf(each, length))),
    );
    const own = procedure.cases.filter(
      (each) => !placesOf(each, procedure.length).some((place) => covered.has(place)),
    );
    if (own.length >= fewestSessions) kept.push({ ...procedure, cases: own });
  }
  return kept;
}

const placesOf = ({ sequence, from }: Procedure['cases'][number], length: number): string[] =>
  Array.from({ length }, (_, i) => `${sequence.session} ${sequence.run} ${from + i}`);
