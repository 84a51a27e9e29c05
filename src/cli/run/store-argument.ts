/** `--store STORE[:ro|:rw]`. */
import { MemfsError } from '../../core/errors.js';

export interface StoreArgument {
  /** Name or id. */
  readonly store: string;
  readonly access: 'ro' | 'rw';
}

/** Only a last `:ro` or `:rw` is cut off: a store named `notes:ro` is `notes:ro:rw`, or its id. */
export function parseStoreArgument(text: string): StoreArgument {
  const [, store, access = 'rw'] = /^(.*?)(?::(ro|rw))?$/s.exec(text)!;
  if (store === '')
    throw new MemfsError('usage', `--store: "${text}" names no store`, { hint: 'memfsd run --help' });
  return { store: store!, access: access as 'ro' | 'rw' };
}
