/** The dreams that wait for review, as the control tree of a store shows them. */
import type { StagedFile } from '../../core/staged-dreams.js';
import type { VersionSelector } from '../../core/versions.js';
import { waitsForReview } from '../../dream/dream.js';
import type { Dreams } from '../../dream/kept/dreams.js';
import { editsJsonl } from '../../dream/review/edits-jsonl.js';
import { unifiedDiff } from '../../dream/review/unified-diff.js';
import type { StagedDreams, Store, StoreView } from '../../vfs/store.js';
import { textOf } from './view-text.js';

export interface StagedParts {
  /** `memstore_…` */
  readonly store: string;
  readonly dreams: Dreams;
  readonly opened: () => Store;
  readonly report: (dream: string) => string;
}

export function stagedDreams({ store, dreams, opened, report }: StagedParts): StagedDreams {
  const branchOf = (dream: string): string | null => dreams.get(dream).branch;
  const texts: Readonly<Record<StagedFile, (dream: string) => string | null>> = {
    diff: (dream) => {
      const branch = branchOf(dream);
      return branch === null ? null : patchOf(opened(), branch);
    },
    'edits.jsonl': (dream) => editsJsonl(dreams.edits.of(dream)),
    'report.md': report,
  };
  return {
    list: () =>
      dreams
        .list(store)
        .flatMap((dream) =>
          waitsForReview(dream) && dream.branch !== null ? [{ id: dream.id, branch: dream.branch }] : [],
        ),
    file: (dream, name) => {
      const text = texts[name](dream);
      return text === null ? null : Buffer.from(text);
    },
  };
}

function patchOf(store: Store, name: string): string {
  const fork = store.branches().find((branch) => branch.name === name)?.fork_seq;
  if (fork === undefined || fork === null) return '';
  const view = store.branch(name);
  const paths = [...view.diff(fork, undefined)].map(({ path }) => path);
  return unifiedDiff(textsOf(view, paths, fork), textsOf(view, paths, undefined));
}

/** The memories that are text in that version; others are not in a patch. */
const textsOf = (view: StoreView, paths: readonly string[], version: VersionSelector): Map<string, string> =>
  new Map(
    paths.flatMap((path) => {
      const text = textOf(view, path, version);
      return text === null ? [] : [[path, text] as const];
    }),
  );
