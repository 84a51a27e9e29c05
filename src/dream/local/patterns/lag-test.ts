/**
 * Whether one kind of event follows another after the same time. The lags of all pairs are searched for the window that
 * holds the most of them (mining of "t-patterns": Li, Liang, Ma: "Mining temporal patterns without predefined time
 * windows", ICDM 2004), and their number is compared with a binomial: independent events would fall into a window of
 * that width with the rate of the second event.
 */

export interface Lag {
  /** Which of the first events, from 0. */
  readonly first: number;
  /** Which of the second events. */
  readonly second: number;
  /** In seconds. */
  readonly lag: number;
}

export interface Window {
  /** In seconds. */
  readonly lag: number;
  readonly spread: number;
  /** One for each first event. */
  readonly hits: readonly Lag[];
}

const widest = 240;
/** How far lags may lie apart that are called the same: a fixed time is kept to the second or to a few per cent. */
const widthAt = (lag: number, resolution: number): number =>
  Math.max(3, Math.min(0.04 * lag, widest)) + 2 * (resolution - 1);

/** Shorter lags are the lines of one action. */
export const shortestLag = 5;

/** Null: no lag comes up three times. */
export function densestWindow(lags: readonly Lag[], resolution: number): Window | null {
  const sorted = lags.toSorted((a, b) => a.lag - b.lag);
  const inside = new Map<number, number>();
  let best: { from: number; to: number; count: number; spread: number } | null = null;
  for (let from = 0, to = 0; to < sorted.length; to++) {
    const { first, lag } = sorted[to]!;
    inside.set(first, (inside.get(first) ?? 0) + 1);
    for (; lag - sorted[from]!.lag > widthAt(lag, resolution); from++) {
      const left = sorted[from]!.first;
      const count = inside.get(left)! - 1;
      if (count === 0) inside.delete(left);
      else inside.set(left, count);
    }
    const spread = lag - sorted[from]!.lag;
    if (best === null || inside.size > best.count || (inside.size === best.count && spread < best.spread))
      best = { from, to, count: inside.size, spread };
  }
  if (best === null || best.count < 3) return null;
  const window = sorted.slice(best.from, best.to + 1);
  const lag = window[window.length >> 1]!.lag;
  const hits = new Map<number, Lag>();
  for (const each of window) {
    const other = hits.get(each.first);
    if (other === undefined || Math.abs(each.lag - lag) < Math.abs(other.lag - lag))
      hits.set(each.first, each);
  }
  return { lag, spread: best.spread, hits: [...hits.values()] };
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
