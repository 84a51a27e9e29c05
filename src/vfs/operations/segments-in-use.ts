import type { Segments } from '../../journal/contents/segments.js';
import type { Inode } from '../store/inode.js';

/** Working states were begun from a content that is about to go; they still read its segments. */
export const segmentsInUse = (inode: Inode): Segments => inode.working.flatMap((state) => state.inUse());
