/** Rows of the table of dreams, and how one is found. */
import { MemfsError } from '../../core/errors.js';
import type { Dream, DreamRequest } from '../dream.js';
import type { DreamDatabase } from './dream-database.js';

export type DreamRow = Omit<Dream, 'request' | 'error' | 'usage' | 'remarks'> & {
  readonly number: number;
  readonly request: string;
  readonly error: string | null;
  readonly usage: string | null;
  readonly remarks: string;
};

const columns = `number, id, store, status, request, asked_by, base, branch, created_at, started_at, ended_at,
  error, usage, remarks, removed_bytes, memories, first_time, last_time,
  (SELECT count(*) FROM dream_sessions WHERE dream = number) AS sessions`;

/** `rest`: what follows the name of the table. */
export const selectDreams = (rest: string): string => `SELECT ${columns} FROM dreams ${rest}`;

export const dreamOf = ({ number: _, request, error, usage, remarks, ...rest }: DreamRow): Dream => ({
  ...rest,
  request: JSON.parse(request) as DreamRequest,
  error: error === null ? null : (JSON.parse(error) as Dream['error']),
  usage: usage === null ? null : (JSON.parse(usage) as Dream['usage']),
  remarks: JSON.parse(remarks) as string[],
});

/**
 * Finds a dream by its id or by the beginning of it. Throws `not_found`, or `invalid` where several begin so.
 */
export function rowOf(db: DreamDatabase, reference: string): DreamRow {
  const rows = db
    .prepare<[{ reference: string }], DreamRow>(
      selectDreams('WHERE substr(id, 1, length(@reference)) = @reference ORDER BY number DESC LIMIT 2'),
    )
    .all({ reference });
  const [row, another] = rows;
  if (row === undefined || reference === '')
    throw new MemfsError('not_found', `there is no dream "${reference}"`, { hint: 'memfsd dream list' });
  if (another !== undefined && row.id !== reference)
    throw new MemfsError('invalid', `"${reference}" is the beginning of several ids, such as ${row.id}`, {
      hint: 'give more of it; memfsd dream list',
    });
  return row;
}
