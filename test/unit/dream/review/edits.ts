/** Edits of a dream that waits for review, in a few words. */
import { type Change, type Edit, pathsOf } from '../../../../src/dream/edit.js';

export const edit = (n: number, changes: Change[], rest: Partial<Edit> = {}): Edit => ({
  ...{ n, kind: 'merge_duplicates', reason: 'they say the same', confidence: 0.9, changes, evidence: [] },
  ...{ paths: pathsOf(changes), state: 'staged', note: null, sources: [], provable: false },
  ...rest,
});

export const replace = (path: string, old: string, by: string, line = 1): Change => ({
  ...{ op: 'replace', path, old, new: by, line },
});

export const texts = (all: Record<string, string>): Map<string, string> => new Map(Object.entries(all));
