/** Chooses, among pairs that say the same, the one that says most. */
import type { LaggedPair } from './lagged-pairs.js';

/** The most events of a chain: more hang together only as the steps of one routine, which is no news. */
const longestChain = 4;

export function tellingPairs(pairs: readonly LaggedPair[]): LaggedPair[] {
  const kept: LaggedPair[] = [];
  for (const pair of pairs.toSorted(byWorth))
    if (!kept.some((other) => sameFinding(pair, other))) kept.push(pair);
  const direct = kept.filter(
    (pair) => !kept.some((first) => kept.some((then) => leadsOver(pair, first, then))),
  );
  return direct.filter((pair) => chainOf(pair, direct).size <= longestChain);
}

const byWorth = (a: LaggedPair, b: LaggedPair): number =>
  worth(b) - worth(a) ||
  a.first.level + a.second.level - (b.first.level + b.second.level) ||
  a.lag - b.lag ||
  a.first.name - b.first.name ||
  a.second.name - b.second.name;

/**
 * The worth of a pair: a rule with exceptions is worth less than the part of it that has none, and a name
 * that says more is worth more.
 */
const worth = ({ hits, tries, first, second }: LaggedPair): number =>
  (hits.length - 3 * (tries - hits.length)) * (1 - 0.1 * (first.level + second.level));

/** Whether most hits of one are hits of the other, in the same lines or in lines written at the same time. */
function sameFinding(pair: LaggedPair, other: LaggedPair): boolean {
  if (Math.abs(pair.lag - other.lag) > 2 + 0.04 * other.lag) return false;
  const moments = new Set(
    other.hits.flatMap(([a, b]) => [`a${Math.round(a.at / 5)}`, `b${Math.round(b.at / 5)}`]),
  );
  const near = (mark: string, at: number): boolean =>
    [-1, 0, 1].some((by) => moments.has(`${mark}${Math.round(at / 5) + by}`));
  const shared = pair.hits.filter(([a, b]) => near('a', a.at) && near('b', b.at));
  return shared.length >= 0.5 * Math.min(pair.hits.length, other.hits.length);
}

/** Whether the pair is what two others come to. */
const leadsOver = (pair: LaggedPair, first: LaggedPair, then: LaggedPair): boolean =>
  first !== pair &&
  then !== pair &&
  first.first.name === pair.first.name &&
  first.second.name === then.first.name &&
  then.second.name === pair.second.name &&
  Math.abs(first.lag + then.lag - pair.lag) <= 3 + 0.05 * pair.lag;

/** The events that pairs join with it. */
function chainOf(pair: LaggedPair, pairs: readonly LaggedPair[]): Set<number> {
  const names = new Set([pair.first.name, pair.second.name]);
  for (let before = 0; before < names.size; ) {
    before = names.size;
    for (const { first, second } of pairs)
      if (names.has(first.name) || names.has(second.name)) names.add(first.name).add(second.name);
  }
  return names;
}
