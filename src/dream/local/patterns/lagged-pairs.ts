/** Finds pairs of events of which the second follows the first after a fixed time. */
import { byTheClock } from './clockwork.js';
import { Coverage } from './coverage.js';
import { type EventType, eventTypes, fewestOccurrences } from './event-types.js';
import { densestWindow, type PackedLag, packLag, shortestLag, upperTail, type Window } from './lag-test.js';
import type { Occurrence, Timeline } from './timeline.js';

export interface LaggedPair {
  readonly first: EventType;
  readonly second: EventType;
  /** The median lag and the range, in seconds. */
  readonly lag: number;
  readonly spread: number;
  readonly hits: readonly (readonly [Occurrence, Occurrence])[];
  /** The number of first events after which the second could have been seen. */
  readonly tries: number;
  readonly sessions: ReadonlySet<string>;
  /** The probability by chance, corrected for all pairs that were tried. */
  readonly chance: number;
}

const longestLag = 6 * 3_600;
/** Steps of the search: with many events only the nearer ones are looked at. */
const mostSteps = 20_000_000;
const mostChance = 0.001;
/** An event that falls into such a window more often by itself follows nothing. */
const mostCommon = 0.1;

interface Candidate {
  readonly first: EventType;
  readonly second: EventType;
  readonly window: Window;
  /** The number of lags that the window could have been around. */
  readonly lags: number;
}

export function laggedPairs(timeline: Timeline): LaggedPair[] {
  const types = eventTypes(timeline);
  const stream = types
    .flatMap((type, index) => type.occurrences.map((occurrence, i) => ({ at: occurrence.at, index, i })))
    .sort((a, b) => a.at - b.at);
  const coverage = new Coverage(timeline.excerpts);
  const reach = Math.max(200, Math.floor(mostSteps / Math.max(1, stream.length)));
  const places = types.map(() => [] as number[]);
  stream.forEach(({ index }, place) => {
    places[index]!.push(place);
  });
  const found: Candidate[] = [];
  let tested = 0;
  types.forEach((first, index) => {
    const lags: PackedLag[][] = [];
    for (const place of places[index]!) {
      const { at, i } = stream[place]!;
      const stop = Math.min(stream.length, place + reach);
      for (let next = place + 1; next < stop; next++) {
        const other = stream[next]!;
        const lag = other.at - at;
        if (lag > longestLag) break;
        if (lag < shortestLag || other.index === index) continue;
        lags[other.index] ??= [];
        lags[other.index]!.push(packLag(i, lag));
      }
    }
    lags.forEach((each, other) => {
      if (each.length < fewestOccurrences) return;
      tested += 1;
      const second = types[other]!;
      const resolution = Math.max(first.resolution, second.resolution);
      const window = densestWindow(each, first.occurrences.length, resolution);
      if (window !== null) found.push({ first, second, window, lags: each.length });
    });
  });
  return found.flatMap((pair) => judged(pair, timeline, coverage, tested) ?? []);
}

function judged(
  { first, second, window, lags }: Candidate,
  timeline: Timeline,
  coverage: Coverage,
  tested: number,
): LaggedPair | null {
  const { lag, spread } = window;
  const resolution = Math.max(first.resolution, second.resolution);
  // Times to the minute say nothing of a lag of minutes.
  if (resolution > 1 && lag < 10 * resolution) return null;
  // Where the second is seen at all: a log that never shows it says nothing of how often it comes.
  const rate = second.occurrences.length / Math.max(second.shown, second.excerpts * 2 * lag);
  const p = 1 - Math.exp(-rate * 2 * Math.max(spread, resolution));
  const hits = window.hits.size;
  // One of the hits says where the window is; the others must fall into it.
  const chanceOf = (tries: number): number => upperTail(hits - 1, tries - 1, p) * tested * lags;
  // With every try a hit it is the least.
  if (p > mostCommon || chanceOf(hits) > mostChance) return null;
  const sessionOf = ({ excerpt }: Occurrence): string => timeline.excerpts[excerpt]!.session;
  const independent = new Set([...window.hits.keys()].map((i) => sessionOf(first.occurrences[i]!))).size;
  if (independent < 2 || (independent < 3 && hits < 5)) return null;
  const stretches = coverage.of(second.sources);
  const missed = first.occurrences.filter(({ at }, i) => !window.hits.has(i) && stretches.has(at + lag));
  const seconds = second.occurrences.map(({ at }) => at);
  const elsewhere = missed.filter(({ at }) => hasBetween(seconds, at, at + Math.max(3 * lag, 900)));
  const tries = hits + missed.length;
  if (hits / (hits + elsewhere.length) < 0.8 || hits / tries < 0.6) return null;
  const pairs = [...window.hits].map(([i, after]) => {
    const before = first.occurrences[i]!;
    return [before, second.occurrences[firstSince(seconds, before.at + after - 0.002)]!] as const;
  });
  const sessions = new Set(pairs.flatMap(([a, b]) => [sessionOf(a), sessionOf(b)]));
  // Many that one and the same event follows are no rule.
  if (new Set(pairs.map(([, b]) => b)).size < 0.8 * hits) return null;
  const chance = chanceOf(tries);
  if (chance > mostChance || clockworks(first, second, resolution)) return null;
  return { first, second, lag, spread, hits: pairs, tries, sessions, chance };
}

function clockworks(first: EventType, second: EventType, resolution: number): boolean {
  return [first, second].every(({ occurrences }) =>
    byTheClock(
      occurrences.map(({ at }) => at),
      resolution,
    ),
  );
}

function hasBetween(sorted: readonly number[], after: number, until: number): boolean {
  const next = firstSince(sorted, after + 0.001);
  return next < sorted.length && sorted[next]! <= until;
}

/** The index of the first that is not before the moment. */
function firstSince(sorted: readonly number[], moment: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
