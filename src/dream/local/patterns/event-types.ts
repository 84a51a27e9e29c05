/** Finds the names of a timeline that came up often enough to be looked at. */
import type { Occurrence, Timeline } from './timeline.js';

export interface EventType {
  readonly name: number;
  /** Sorted by time. */
  readonly occurrences: readonly Occurrence[];
  /** Hashes of the calls whose results showed it. */
  readonly sources: ReadonlySet<number>;
  /** The number of the mask: 0 masks nothing; of two types of one line the lower one says more. */
  readonly level: number;
  /** In seconds: the resolution of the coarsest time. */
  readonly resolution: number;
  /** The number of excerpts that show it, and the time that they cover, in seconds. */
  readonly excerpts: number;
  readonly shown: number;
}

/** The fewest occurrences: with fewer nothing can be told from chance. */
export const fewestOccurrences = 3;
/** In seconds; an event that comes more often is followed by everything. */
const shortestGap = 15;

export function eventTypes({ occurrences, excerpts }: Timeline): EventType[] {
  const counts = new Map<number, number>();
  for (const { names } of occurrences)
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const found = new Map<number, { occurrences: Occurrence[]; level: number }>();
  for (const occurrence of occurrences.toSorted((a, b) => a.at - b.at)) {
    const taken = new Set<number>();
    occurrence.names.forEach((name, level) => {
      const count = counts.get(name)!;
      // As often as a name that says more: they name the same events.
      if (count < fewestOccurrences || taken.has(count)) return;
      taken.add(count);
      const type = found.get(name) ?? { occurrences: [], level };
      type.occurrences.push(occurrence);
      type.level = Math.min(type.level, level);
      found.set(name, type);
    });
  }
  return [...found].flatMap(([name, type]) => {
    const seen = new Set(type.occurrences.map(({ excerpt }) => excerpt));
    const sessions = new Set([...seen].map((excerpt) => excerpts[excerpt]!.session));
    const shown = [...seen].reduce(
      (sum, excerpt) => sum + excerpts[excerpt]!.to - excerpts[excerpt]!.from,
      0,
    );
    if (sessions.size < 2 || shown < (type.occurrences.length - seen.size) * shortestGap) return [];
    const resolution = type.occurrences.reduce((most, each) => Math.max(most, each.resolution), 1);
    const sources = new Set([...seen].map((excerpt) => excerpts[excerpt]!.source));
    return [{ name, ...type, resolution, sources, excerpts: seen.size, shown }];
  });
}
