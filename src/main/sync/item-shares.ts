/**
 * What this device shares of the items of a folder that is kept the same: from there, or from elsewhere, which is the
 * user's own. Owns no state.
 */
import { join } from 'node:path';
import { P2pError } from '../../net/errors.js';
import type { EngineApi } from '../api/engine-api.js';
import type { Library } from '../home/library.js';
import type { Account, LibraryShare } from '../home/library-records.js';
import type { SharedItem } from './sync-plan.js';

export interface ItemSharesOptions {
  readonly engine: Pick<EngineApi, 'stopShare'>;
  readonly library: Pick<Library, 'share'>;
  readonly account: Account;
  readonly groupId: string;
  readonly folder: string;
}

export class ItemShares {
  readonly #options: ItemSharesOptions;

  constructor(options: ItemSharesOptions) {
    this.#options = options;
  }

  /** Where an item of that name lies. */
  pathOf(name: string): string {
    return join(this.#options.folder, name);
  }

  /** What is shared under the name, from wherever. */
  any(name: string): LibraryShare | undefined {
    const { library, account, groupId } = this.#options;
    return library.share(account, groupId, name);
  }

  /** What is shared under the name out of the folder. */
  fromHere(name: string): LibraryShare | undefined {
    const share = this.any(name);
    return share?.path === this.pathOf(name) ? share : undefined;
  }

  /** The same as a plan takes it. */
  planned(name: string): SharedItem | undefined {
    const share = this.any(name);
    return share && { fileId: share.fileId, isFromHere: share.path === this.pathOf(name) };
  }

  isElsewhere(name: string): boolean {
    return this.any(name) !== undefined && this.fromHere(name) === undefined;
  }

  /** It is shared out of the folder no more; nothing when it is not. @throws P2pError */
  async end(name: string): Promise<void> {
    const { engine, groupId } = this.#options;
    if (!this.fromHere(name)) return;
    try {
      await engine.stopShare(groupId, name);
    } catch (error) {
      if (!(error instanceof P2pError) || error.code !== 'NOT_SHARED') throw error;
    }
  }
}
