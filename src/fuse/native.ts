import { createRequire } from 'node:module';
import type * as Native from '../../native/index.cjs';

export type { Channel, DescriptorSocket, Notifier, SystemError } from '../../native/index.cjs';

let loaded: typeof Native | undefined;

/** Loads the addon at the first use, so that what never mounts never needs it. */
export function native(): typeof Native {
  loaded ??= createRequire(import.meta.url)('../../native/index.cjs') as typeof Native;
  return loaded;
}
