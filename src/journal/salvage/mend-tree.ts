/**
 * Makes the present of a branch again: names, inodes and contents that fit together and that the journal describes. What
 * it did not say is added to it, in the salvage's name.
 */
import { countLinks } from '../tree/link-counts.js';
import { dropUnused } from './drop-unused.js';
import { FileHoldings } from './file-holdings.js';
import { keepUnversioned } from './keep-unversioned.js';
import { MendedTree, type TreeParts } from './mended-tree.js';
import { MissingRecords } from './missing-records.js';
import { addPastNames } from './past-names.js';
import { PresentRows } from './present-rows.js';
import { wantedTree } from './wanted-tree.js';

export function mendTree(parts: TreeParts): void {
  const { database, branch, replay } = parts;
  const tree = new MendedTree(parts);
  const wanted = wantedTree({ ...parts, branch: branch.id, entries: tree.entries });
  new FileHoldings(tree).decide(wanted, '');
  new MissingRecords(tree).record(wanted, replay.root, '');
  new PresentRows(tree).write(wanted, '');
  keepUnversioned(tree, wanted, '');
  dropUnused(tree);
  if (parts.areEntriesHurt) addPastNames(parts);
  countLinks(database, `branch = ${branch.id}`);
}
