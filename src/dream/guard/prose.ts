/** Requires that prose without facts is not lost unseen either. */
import { maskSecrets } from '../../secrets/mask.js';
import { contentStems } from '../text/words.js';
import { secretMarks } from '../trust/secret-mark.js';
import { isIndexEntry, removedStatements } from './removed-statements.js';
import type { Statement } from './statements.js';
import { Supersession } from './supersession.js';
import { type Rule, shown, type Trial } from './trial.js';

/** The share of a statement's words that the result must still have. */
const kept = 0.6;

/** Lets an edit end what its evidence is about; of everything else the words must stay, in whatever order. */
export const noProseIsLost: Rule = (trial) => {
  const supersession = new Supersession(trial);
  const left = new Set(textsAfter(trial).flatMap(contentStems));
  for (const statement of removedStatements(trial)) {
    if (statement.isHeading || isIndexEntry(statement, trial)) continue;
    if (isMeant(statement, trial, supersession)) continue;
    // A secret is no prose; what stands around it is.
    const stems = contentStems(maskSecrets(statement.text).replace(secretMarks, ' '));
    if (stems.filter((stem) => left.has(stem)).length >= kept * stems.length && !endsOnly(trial)) continue;
    return `removes "${shown(statement.text)}" (${statement.path}), which its evidence is not about`;
  }
  return null;
};

/** Whether the edit is of a kind that only takes away, so that its evidence must say what goes. */
const endsOnly = ({ edit }: Trial): boolean =>
  edit.kind === 'remove_stale' || edit.kind === 'merge_duplicates' || edit.kind === 'resolve_contradiction';

function isMeant(statement: Statement, trial: Trial, supersession: Supersession): boolean {
  if (!endsOnly(trial)) return false;
  const isCited = trial.exhibits.some(({ memory }) => memory?.path === statement.path);
  return isCited || (trial.edit.kind !== 'merge_duplicates' && supersession.concerns(statement));
}

const textsAfter = ({ after, paths }: Trial): string[] => paths.map((path) => after.text(path) ?? '');
