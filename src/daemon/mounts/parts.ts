import type { Logger } from 'pino';
import type { MountInfo } from '../../core/mountinfo.js';
import type { Catalog } from '../catalog.js';
import type { KeeperLink } from '../engine/keeper-link.js';
import type { ServeConnection } from '../engine/kernel.js';
import type { ProcessClaims } from '../processes/process-claims.js';
import type { SessionActivity } from '../sessions/session-activity.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import type { Stores } from '../stores/stores.js';

export interface MountsParts {
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly link: KeeperLink;
  readonly serve: ServeConnection;
  readonly claims: ProcessClaims;
  readonly sessions: SessionRegistry;
  readonly activity: SessionActivity;
  readonly mountInfo: () => MountInfo[];
  /** The mark of the data directory (mount-source.ts). */
  readonly mark: string;
  readonly log: Logger;
}
