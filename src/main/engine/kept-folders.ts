/** Composes the owner of the folders that are kept the same as groups: it asks of the engine what anybody may ask. */
import { laterWithoutStaying } from '../../net/later.js';
import type { EngineOptions } from '../api/engine.js';
import type { EngineApi } from '../api/engine-api.js';
import { Syncs } from '../sync/syncs.js';
import type { ClientOwners } from './client-owners.js';

export function composeSyncs(
  engine: EngineApi,
  { library, link, memberships, fileNews, online, emit }: ClientOwners,
  { home }: Pick<EngineOptions, 'home'>,
): Syncs {
  return new Syncs({
    ...{ engine, library, link, memberships, fileNews, emit, home: home.path },
    serveShares: () => online.serveShares(),
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
    later: laterWithoutStaying,
  });
}
