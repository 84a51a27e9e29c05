/** Finds failures that came up in several sessions, each with what helped in most of them. */
import { commonForm, gap } from './common-form.js';
import { sameFailure } from './failure.js';
import type { Attempt, Repair } from './repairs.js';
import type { Lane } from './tool-uses.js';

export interface Fix {
  /** One for each session, in the order of the sessions. */
  readonly cases: readonly { readonly attempt: Attempt; readonly repair: Repair }[];
  /** Sessions that saw the failure. */
  readonly seen: number;
  readonly failedCall: readonly string[];
  readonly workingCall: readonly string[];
  /** Words that the working calls have in common and the failed ones lack. */
  readonly news: readonly string[];
}

/** Collects as sessions go by. */
export class Failures {
  readonly #groups = new Map<string, Attempt[][]>();
  /** The number of turns in which each program ran. */
  readonly #turns = new Map<string, number>();
  #turnCount = 0;

  /** Counts the programs of all turns, to know what runs in any turn, after a failure or not. */
  addTurns({ uses, turns }: Lane): void {
    const programs = turns.map(() => new Set<string>());
    for (const { turn, shape } of uses) programs[turn]!.add(shape.program);
    for (const each of programs) {
      if (each.size > 0) this.#turnCount += 1;
      for (const program of each) this.#turns.set(program, (this.#turns.get(program) ?? 0) + 1);
    }
  }

  add(attempt: Attempt): void {
    const groups = this.#groups.get(attempt.shape.program) ?? [];
    this.#groups.set(attempt.shape.program, groups);
    const group = groups.find(([first]) => sameFailure(first!.complaint, attempt.complaint));
    if (group === undefined) groups.push([attempt]);
    else group.push(attempt);
  }

  /**
   * Returns the lessons. A failure that was seen in one session, went by itself, was never solved, or was
   * solved differently each time is none.
   */
  fixes(): Fix[] {
    const runsAnyway = (program: string, besides: number): boolean =>
      (this.#turns.get(program) ?? 0) - besides > ordinary * (this.#turnCount - besides);
    return [...this.#groups.values()]
      .flat()
      .flatMap((group) => fixOf(group, (program) => runsAnyway(program, group.length)) ?? []);
  }
}

const leastAgreement = 0.6;
const leastWeight = 0.4;
/** The share of turns above which a program comes after a failure by chance. */
const ordinary = 0.12;
/** In letters: what is left of a change whose value is a secret, such as `-H`, helps nobody. */
const fewestLetters = 3;

function fixOf(group: readonly Attempt[], isOrdinary: (program: string) => boolean): Fix | null {
  const bySession = new Map<string, Attempt>();
  for (const attempt of group)
    if (!bySession.has(attempt.session) || bySession.get(attempt.session)!.repairs.length === 0)
      bySession.set(attempt.session, attempt);
  const sessions = [...bySession.values()];
  const passing = sessions.filter(({ passed }) => passed).length;
  const solved = sessions.filter(({ passed, repairs }) => !passed && repairs.length > 0);
  if (solved.length < 2 || passing > solved.length / 2) return null;
  for (const program of elected(solved, isOrdinary)) {
    const cases = solved.flatMap((attempt) => {
      const repair = bestOf(attempt.repairs.filter(({ shape }) => shape.program === program));
      return repair === null ? [] : [{ attempt, repair }];
    });
    const { news, holders } = commonNews(cases);
    if (news.join('').replace(/[^\p{L}\d]/gu, '').length < fewestLetters) continue;
    if (holders.length < 2 || holders.length < leastAgreement * solved.length) continue;
    return {
      cases: holders,
      seen: sessions.length,
      failedCall: commonForm(holders.map(({ attempt }) => attempt.shape.words)),
      workingCall: commonForm(holders.map(({ repair }) => repair.shape.words)),
      news,
    };
  }
  return null;
}

/** The kinds of call that most sessions came to, the likeliest first. */
function elected(solved: readonly Attempt[], isOrdinary: (program: string) => boolean): string[] {
  const votes = new Map<string, { weight: number; sessions: number }>();
  for (const { repairs } of solved)
    for (const program of new Set(repairs.map(({ shape }) => shape.program))) {
      const own = repairs.filter(({ shape }) => shape.program === program);
      const by = isOrdinary(program) ? own.filter(({ shares }) => shares) : own;
      const vote = votes.get(program) ?? { weight: 0, sessions: 0 };
      const weight = bestOf(by)?.weight ?? 0;
      votes.set(program, { weight: vote.weight + weight, sessions: vote.sessions + 1 });
    }
  return [...votes]
    .filter(
      ([, { weight, sessions }]) =>
        sessions >= Math.max(2, leastAgreement * solved.length) && weight >= leastWeight * sessions,
    )
    .sort(([, a], [, b]) => b.weight - a.weight)
    .map(([program]) => program);
}

const bestOf = (repairs: readonly Repair[]): Repair | null =>
  repairs.reduce<Repair | null>(
    (best, each) => (best === null || each.weight > best.weight ? each : best),
    null,
  );

type Case = Fix['cases'][number];

/** The word that came in by the fix in most sessions, what always came with it, and those sessions. */
function commonNews(cases: readonly Case[]): { news: string[]; holders: Case[] } {
  const added = cases.map(({ attempt, repair }) => {
    const before = new Set(attempt.shape.words);
    return new Set(repair.shape.words.filter((word) => !before.has(word) && !word.includes(gap)));
  });
  const counts = new Map<string, number>();
  for (const words of added) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const [leader, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  const holders = cases.filter((_, i) => added[i]!.has(leader));
  const news = [...counts].filter(
    ([word, n]) => n === most && added.every((words) => words.has(leader) === words.has(word)),
  );
  return { news: news.map(([word]) => word), holders };
}
