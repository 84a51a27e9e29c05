/**
 * Tests whether one kind of event follows another after the same time. The lags of all pairs are searched for
 * the window that holds the most of them (mining of "t-patterns": Li, Liang, Ma: "Mining temporal patterns
 * without predefined time windows", ICDM 2004), and their number is compared with a binomial: independent
 * events would fall into a window of that width with the rate of the second event.
 */

/** The index of a first event and the lag behind it in one number: sorted, they are sorted by lag. */
export type PackedLag = number;

const mostFirsts = 2 ** 20;

export const packLag = (first: number, seconds: number): PackedLag =>
  Math.round(seconds * 1_000) * mostFirsts + (first % mostFirsts);

export interface Window {
  /** The median lag and the range, in seconds. */
  readonly lag: number;
  readonly spread: number;
  /** The lag in seconds by first event, for those that have one. */
  readonly hits: ReadonlyMap<number, number>;
}

const widest = 120;
/**
 * The width, in seconds, within which lags are the same: a fixed time is kept to the second or to a few per
 * cent.
 */
const widthAt = (lag: number, resolution: number): number =>
  Math.max(3, Math.min(0.04 * lag, widest)) + 2 * (resolution - 1);

/** Shorter lags are the lines of one action. */
export const shortestLag = 5;

/**
 * The lags of a pair, the shortest first, taken apart once: the search looks at each of them several times.
 */
interface SortedLags {
  readonly milliseconds: Int32Array;
  readonly firsts: Int32Array;
}

function sortedLags(lags: readonly PackedLag[]): SortedLags {
  const packed = Float64Array.from(lags).sort();
  const milliseconds = new Int32Array(packed.length);
  const firsts = new Int32Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    milliseconds[i] = Math.floor(packed[i]! / mostFirsts);
    firsts[i] = packed[i]! - milliseconds[i]! * mostFirsts;
  }
  return { milliseconds, firsts };
}

/** The number of lags of each first event inside the window; all zero between two searches. */
let inside = new Uint32Array(1024);

/** Null when no lag comes up three times. `total`: the number of first events. */
export function densestWindow(lags: readonly PackedLag[], total: number, resolution: number): Window | null {
  const { milliseconds, firsts } = sortedLags(lags);
  if (inside.length < total) inside = new Uint32Array(2 * total);
  let count = 0;
  let best = { from: 0, to: 0, count: 0, spread: 0 };
  let from = 0;
  for (let to = 0; to < firsts.length; to++) {
    const lag = milliseconds[to]!;
    if (inside[firsts[to]!]!++ === 0) count += 1;
    const width = 1_000 * widthAt(lag / 1_000, resolution);
    for (; lag - milliseconds[from]! > width; from++) if (--inside[firsts[from]!]! === 0) count -= 1;
    if (count < best.count) continue;
    const spread = lag - milliseconds[from]!;
    if (count > best.count || spread < best.spread) best = { from, to, count, spread };
  }
  for (; from < firsts.length; from++) inside[firsts[from]!] = 0;
  if (best.count < 3) return null;
  const lag = milliseconds[(best.from + best.to + 1) >> 1]! / 1_000;
  const hits = new Map<number, number>();
  for (let i = best.from; i <= best.to; i++) {
    const seconds = milliseconds[i]! / 1_000;
    const other = hits.get(firsts[i]!);
    if (other === undefined || Math.abs(seconds - lag) < Math.abs(other - lag)) hits.set(firsts[i]!, seconds);
  }
  return { lag, spread: best.spread / 1_000, hits };
}

/** The chance that `hits` or more of `tries` happen, each with chance `p`: the upper tail of a binomial. */
export function upperTail(hits: number, tries: number, p: number): number {
  if (hits <= 0) return 1;
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let term = 0;
  for (let i = 0; i < hits; i++) term += Math.log((tries - i) / (hits - i));
  term += hits * Math.log(p) + (tries - hits) * Math.log1p(-p);
  let sum = 0;
  for (let i = hits; i <= tries; i++) {
    sum += Math.exp(term);
    term += Math.log((tries - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return Math.min(1, sum);
}
