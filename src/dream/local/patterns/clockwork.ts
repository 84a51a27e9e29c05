/**
 * Tells events that run by the clock: two of them keep their distance without having to do with each other.
 */

const periods = [60, 120, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];

/** `times`: in seconds, sorted; `resolution`: that of the coarsest time. */
export const byTheClock = (times: readonly number[], resolution: number): boolean =>
  periods.some((period) => period >= 20 * resolution && keepsPhase(times, period)) || beats(times);

/** Whether nearly all are at the same moment of the hour, say. */
function keepsPhase(times: readonly number[], period: number): boolean {
  const width = 2 * Math.max(1.5, Math.min(period / 50, 30));
  const phases = times.map((time) => time % period).sort((a, b) => a - b);
  const around = [...phases, ...phases.map((phase) => phase + period)];
  const need = Math.ceil(times.length * 0.8);
  return times.length >= 4 && phases.some((phase, i) => around[i + need - 1]! - phase <= width);
}

/** Whether they come again and again after the same time. */
function beats(times: readonly number[]): boolean {
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  const short = gaps.filter((gap) => gap > 0 && gap < 6 * 3_600).sort((a, b) => a - b);
  if (short.length < 3) return false;
  const middle = short[short.length >> 1]!;
  const steady = short.filter((gap) => Math.abs(gap - middle) <= Math.max(1.5, middle / 33));
  return steady.length >= 0.7 * short.length;
}
