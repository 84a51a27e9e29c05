/** What the local consolidator looks for, in the order in which its finders may take lines. */
import type { Finder } from './finder.js';
import { CorrectionLessons } from './lessons/correction-lessons.js';
import { FailureLessons } from './lessons/failure-lessons.js';
import { SearchLessons } from './lessons/search-lessons.js';
import { LagFinder } from './patterns/lag-finder.js';
import { SkillFinder } from './skills/skill-finder.js';
import { DuplicateFinder } from './store/duplicate-finder.js';

/** Fresh ones, for one dream. */
export const localFinders = (): Finder[] => [
  new DuplicateFinder(),
  new LagFinder(),
  new FailureLessons(),
  new SearchLessons(),
  new CorrectionLessons(),
  new SkillFinder(),
];
