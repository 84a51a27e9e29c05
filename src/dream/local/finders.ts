/** Lists the finders of the local consolidator, in the order in which they may take lines. */
import { Corrections } from './evidence/corrections.js';
import { EvidenceReading } from './evidence/evidence-reading.js';
import { StaleEntries } from './evidence/stale-entries.js';
import { Verifications } from './evidence/verifications.js';
import type { Finder } from './finder.js';
import { CorrectionLessons } from './lessons/correction-lessons.js';
import { FailureLessons } from './lessons/failure-lessons.js';
import { SearchLessons } from './lessons/search-lessons.js';
import { LagFinder } from './patterns/lag-finder.js';
import { SkillFinder } from './skills/skill-finder.js';
import { ContradictionFinder } from './store/contradiction-finder.js';
import { DuplicateFinder } from './store/duplicate-finder.js';
import { SecretFinder } from './store/secret-finder.js';

/** Returns fresh finders for one dream. */
export function localFinders(): Finder[] {
  const evidence = new EvidenceReading();
  return [
    evidence,
    new SecretFinder(),
    new Corrections(evidence),
    new StaleEntries(evidence),
    new ContradictionFinder(),
    new DuplicateFinder(),
    new Verifications(evidence),
    new LagFinder(),
    new FailureLessons(),
    new SearchLessons(),
    new CorrectionLessons(),
    new SkillFinder(),
  ];
}
