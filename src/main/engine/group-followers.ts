/**
 * Composes what follows groups as long as a call runs: the folders that are kept the same as one, and the files of which
 * each change is told. Both ask of the engine what anybody may ask.
 */
import type { P2pError } from '../../net/errors.js';
import { laterWithoutStaying } from '../../net/later.js';
import type { EngineOptions } from '../api/engine.js';
import type { EngineApi } from '../api/engine-api.js';
import { FollowedGroups } from '../group-files/followed-groups.js';
import { Syncs } from '../sync/syncs.js';
import type { ClientOwners } from './client-owners.js';

export interface GroupFollowers {
  readonly syncs: Syncs;
  readonly files: FollowedGroups;
  /** Ends all of them, and resolves when none is under way. */
  endAll(reason: P2pError): Promise<void>;
  endGroup(groupId: string, reason: P2pError): void;
}

export function composeFollowers(
  engine: EngineApi,
  owners: ClientOwners,
  { home }: Pick<EngineOptions, 'home'>,
): GroupFollowers {
  const { library, link, memberships, fileNews, online, emit } = owners;
  const later = laterWithoutStaying;
  const steadyMs = () => performance.now();
  const syncs = new Syncs({
    ...{ engine, library, link, memberships, fileNews, emit, later, steadyMs, home: home.path },
    serveShares: () => online.serveShares(),
    nowMs: () => Date.now(),
  });
  const listFiles = (groupId: string) => engine.listFiles(groupId);
  const files = new FollowedGroups({ listFiles, fileNews, emit, later, steadyMs });
  return {
    ...{ syncs, files },
    endAll: (reason) => {
      files.endAll(reason);
      return syncs.endAll(reason);
    },
    endGroup: (groupId, reason) => {
      files.endGroup(groupId, reason);
      syncs.endGroup(groupId, reason);
    },
  };
}
