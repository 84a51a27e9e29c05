/**
 * Whether one kind of event follows another after the same time. The lags of all pairs are searched for the window that
 * holds the most of them (mining of "t-patterns": Li, Liang, Ma: "Mining temporal patterns without predefined time
 * windows", ICDM 2004), and their number is compared with a binomial: independent events would fall into a window of
 * that width with the rate of the second event.
 */

/** Which of the first events, from 0, and how long after it, in one number: sorted, they are sorted by lag. */
export type PackedLag = number;

const mostFirsts = 2 ** 20;

export const packLag = (first: number, seconds: number): PackedLag =>
  Math.round(seconds * 1_000) * mostFirsts + (first % mostFirsts);
const firstOf = (packed: PackedLag): number => packed % mostFirsts;
const secondsOf = (packed: PackedLag): number => Math.floor(packed / mostFirsts) / 1_000;

export interface Window {
  /** In seconds: the median, and from the least to the greatest. */
  readonly lag: number;
  readonly spread: number;
  /** To each first event that has one its lag, in seconds. */
  readonly hits: ReadonlyMap<number, number>;
}

const widest = 120;
/** How far lags may lie apart that are called the same: a fixed time is kept to the second or to a few per cent. */
const widthAt = (lag: number, resolution: number): number =>
  Math.max(3, Math.min(0.04 * lag, widest)) + 2 * (resolution - 1);

/** Shorter lags are the lines of one action. */
export const shortestLag = 5;

/** Null: no lag comes up three times. `firsts`: how many there are. */
export function densestWindow(lags: readonly PackedLag[], firsts: number, resolution: number): Window | null {
  const sorted = Float64Array.from(lags).sort();
  const inside = new Uint32Array(firsts);
  let count = 0;
  let best = { from: 0, to: 0, count: 0, spread: 0 };
  for (let from = 0, to = 0; to < sorted.length; to++) {
    const lag = secondsOf(sorted[to]!);
    if (inside[firstOf(sorted[to]!)]!++ === 0) count += 1;
    for (const width = widthAt(lag, resolution); lag - secondsOf(sorted[from]!) > width; from++)
      if (--inside[firstOf(sorted[from]!)]! === 0) count -= 1;
    if (count < best.count) continue;
    const spread = lag - secondsOf(sorted[from]!);
    if (count > best.count || spread < best.spread) best = { from, to, count, spread };
  }
  if (best.count < 3) return null;
  const window = sorted.subarray(best.from, best.to + 1);
  const lag = secondsOf(window[window.length >> 1]!);
  const hits = new Map<number, number>();
  for (const packed of window) {
    const [first, seconds] = [firstOf(packed), secondsOf(packed)];
    const other = hits.get(first);
    if (other === undefined || Math.abs(seconds - lag) < Math.abs(other - lag)) hits.set(first, seconds);
  }
  return { lag, spread: best.spread, hits };
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
