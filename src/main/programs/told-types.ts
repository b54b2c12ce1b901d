/** What programs name, besides what they call: errors, and the types of what they are answered. */
export {
  CancelledError,
  P2pError,
  PeerError,
  StorageError,
  TrackerError,
  UsageError,
  type ErrorCode,
  type WireError,
} from '../../net/errors.js';
export type * from '../api/client-events.js';
export type * from '../api/client-status.js';
export { PROTOCOL_VERSION } from '../api/engine-api.js';
export type { EngineApi, FileAt, LoginResult, WhichDownloads } from '../api/engine-api.js';
export type * from '../api/followed-files.js';
export type * from '../api/piece-map.js';
export type * from '../api/progress.js';
export type * from '../api/rate-limits.js';
export type * from '../api/shared-files.js';
