/** Wall clock time with nanosecond fields; `ms` is the same moment in milliseconds since the epoch. */
import type { Timestamp } from '../../core/model.js';

export interface Moment extends Timestamp {
  readonly ms: number;
}

export type Clock = () => Moment;

/**
 * The system's clock, finer than the millisecond of `Date.now()`: the monotonic clock counts from an anchor,
 * which is taken anew whenever the two disagree by more than 2 ms (a clock that was set, a suspended machine).
 */
export function systemClock(): Clock {
  let anchorMs = Date.now();
  let anchor = performance.now();
  return () => {
    const now = Date.now();
    let exact = anchorMs + (performance.now() - anchor);
    if (Math.abs(exact - now) > 2) {
      anchorMs = now;
      anchor = performance.now();
      exact = now;
    }
    const sec = Math.floor(exact / 1000);
    return { sec, nsec: Math.floor((exact - sec * 1000) * 1e6), ms: Math.floor(exact) };
  };
}
