/** What the local consolidator looks for, in the order in which its finders may take lines. */
import type { Finder } from './finder.js';
import { DuplicateFinder } from './store/duplicate-finder.js';

/** Fresh ones, for one dream. */
export const localFinders = (): Finder[] => [new DuplicateFinder()];
