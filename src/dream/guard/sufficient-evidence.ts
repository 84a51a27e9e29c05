/** Rules on evidence: it exists, says so, and is of the sort that the kind of edit needs. */
import { datesIn, lastDayOf } from '../text/dates.js';
import { type Exhibit, isOwn, isWitness } from './exhibits.js';
import type { Rule, Trial } from './trial.js';

export const evidenceExists: Rule = ({ exhibits }) =>
  exhibits.find(({ fault }) => fault !== null)?.fault ?? null;

export const evidenceSuffices: Rule = (trial) => {
  const { edit, exhibits } = trial;
  const cites = exhibits.some(({ context }) => context !== null);
  switch (edit.kind) {
    case 'merge_duplicates':
      return places(exhibits) >= 2 ? null : 'it does not say which two places of the store say the same';
    case 'resolve_contradiction':
      if (exhibits.some(isWitness) || places(exhibits) >= 2) return null;
      return cites ? noWitness(exhibits) : 'no session and no other memory says which side holds';
    case 'remove_stale':
      if (exhibits.some(isWitness) || hasLapsed(trial)) return null;
      return cites ? noWitness(exhibits) : 'no session says that it is out of date';
    case 'verify':
      if (exhibits.some(isWitness)) return null;
      return cites ? noWitness(exhibits) : 'no session confirms it';
    case 'note_pattern': {
      const sessions = new Set(exhibits.filter(isOwn).map(({ context }) => context!.event.session));
      if (sessions.size >= 2) return null;
      return cites && sessions.size === 0 ? onlyEcho : 'it takes two sessions to show a pattern';
    }
    case 'review':
      return 'only a reviewer makes edits of this kind';
    default:
      return null;
  }
};

const onlyEcho = 'its evidence only repeats what the store says: nothing else confirms it';

const noWitness = (exhibits: readonly Exhibit[]): string =>
  exhibits.some(isOwn) ? 'only the agent itself says so' : onlyEcho;

const places = (exhibits: readonly Exhibit[]): number =>
  new Set(
    exhibits.flatMap(({ evidence }) =>
      evidence.type === 'memory' ? [`${evidence.path}:${evidence.line}`] : [],
    ),
  ).size;

/** Whether a cited memory says itself that its time has passed. */
const hasLapsed = ({ exhibits, input }: Trial): boolean =>
  exhibits.some(
    ({ evidence }) =>
      evidence.type === 'memory' &&
      datesIn(evidence.quote).some(({ date }) => lastDayOf(date) < input.now.slice(0, 10)),
  );
