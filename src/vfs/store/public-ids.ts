import { MemfsError } from '../../core/errors.js';

/**
 * Public ids of memories and versions: a part of the store's id, which makes them unique everywhere, and the
 * number within the store, so that no table is needed to find what an id names.
 */
const storePrefix = 'memstore_';
const storeChars = 12;
const numberChars = 8;

const encode = (kind: string, storeId: string, number: number): string =>
  `${kind}_${storePart(storeId)}${number.toString(36).padStart(numberChars, '0')}`;

const storePart = (storeId: string): string =>
  storeId.slice(storePrefix.length, storePrefix.length + storeChars);

export const memoryId = (storeId: string, memory: number): string => encode('mem', storeId, memory);
export const versionId = (storeId: string, seq: number): string => encode('memver', storeId, seq);

/** The sequence number behind a `memver_…` id; throws `not_found` for one of another store. */
export function parseVersionId(storeId: string, id: string): number {
  const prefix = `memver_${storePart(storeId)}`;
  const number = id.slice(prefix.length);
  if (!id.startsWith(prefix) || !/^[0-9a-z]{8}$/.test(number))
    throw new MemfsError('not_found', `${id} is not a version of this store`, {
      hint: 'memfsd log lists the versions of a store.',
    });
  return Number.parseInt(number, 36);
}
