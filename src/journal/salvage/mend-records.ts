/**
 * Makes a journal of the records that were found. A record that its own commitment proves stays what it was, at its own
 * number; where one is lost, one that says so takes its place, so that versions keep their ids. The chain stays as it was
 * as long as it can be followed, and is made anew from there on.
 */
import { placeBranches } from './branch-records.js';
import { fillGaps } from './record-gaps.js';
import { type ProofParts, RecordProof } from './record-proof.js';
import { settleRemovals } from './settle-removals.js';

export interface MendedRecords {
  /** Nothing is lost or doubtful: the tree is what they say. */
  readonly isWhole: boolean;
  /** A content was there that a record says was taken away. */
  readonly hadRemoved: boolean;
  /** Records whose contents are lost, oldest first: for the salvage to take over. */
  readonly bare: readonly number[];
  /** The newest record up to which the journal is what it was, and its chain (lowercase hex). */
  readonly provedTo: number;
  readonly chain: string;
}

/** `newest`: the highest number of a record that anything tells of; `most`: no true one is higher. */
export function mendRecords(parts: ProofParts, newest: number, most: number): MendedRecords {
  const { database } = parts;
  database.prepare('DELETE FROM records WHERE seq < 1 OR seq > ?').run(most);
  const { provedTo, chain, takenBy, isGuessed, ...proved } = new RecordProof(parts).run();
  const broken = Math.min(proved.broken, placeBranches(database));
  const { bare, bareBy, hadRemoved } = settleRemovals(database, takenBy, proved.bare);
  const lost = fillGaps(parts, { newest, broken, takenBy, bareBy });
  return { isWhole: lost === 0 && broken === Infinity && !isGuessed, hadRemoved, bare, provedTo, chain };
}
