import { quoted } from '../../core/quoted.js';
import type { RefusalRow } from '../../journal/records/refusals.js';
import type { MountView } from '../store.js';

/** A path of the store as the shell of any process on this machine names it. */
export const placeOf = (view: MountView, path: string): string => quoted(pathOn(view, path));

/** The same as it is, for programs. */
export const pathOn = ({ place }: MountView, path: string): string => `${place?.path ?? '.'}${path}`;

/** Commands to see why something was refused, and to do it after all. */
export function commandsFor(view: MountView, row: RefusalRow): string[] {
  const path = row.path.toString('utf8');
  const file = placeOf(view, path);
  if (row.code === 'quota') return [`cat ${placeOf(view, '/.memfs/status.json')}`];
  if (row.number === null) return [`cat ${placeOf(view, '/.memfs/status.json')}`, `cat ${file}`];
  const kept = (side: string): string => placeOf(view, `/.memfs/conflicts${path}/${row.number}/${side}`);
  const look = row.theirs === null ? `ls -l ${placeOf(view, `/.memfs/history${path}`)}` : `cat ${file}`;
  if (row.mine === null) return [look];
  const sides = [
    ...(row.base === null ? [] : [`diff -u ${kept('base')} ${kept('mine')}`]),
    ...(row.theirs === null ? [] : [`diff -u ${kept('mine')} ${kept('theirs')}`]),
  ];
  return [...sides, `${look} && cp ${kept('mine')} ${file}`];
}
