/**
 * The LAN keys of the groups for which peers are looked for, or found, in one's own network: they come
 * with tickets, or are asked of the tracker when a group is first wanted, and again whenever its epoch
 * rises or the tracker is back. A key is kept while the tracker is away; it is in memory alone.
 */
import { P2pError } from '../../net/errors.js';
import { MAX_LAN_GROUPS, MAX_LAN_KEYS_PER_CALL } from '../../net/limits.js';
import type { AccountLink } from './account-link.js';
import type { BackgroundWork } from './background-work.js';

export interface LanKeysOptions {
  readonly link: Pick<AccountLink, 'calls' | 'isConnected' | 'session'>;
  readonly background: Pick<BackgroundWork, 'run'>;
}

export class LanKeys {
  readonly #options: LanKeysOptions;
  readonly #keys = new Map<string, Buffer>();
  /** Groups that are wanted; those whose key is to be asked for are in `#due` too. */
  #wanted = new Set<string>();
  readonly #due = new Set<string>();
  #isAsking = false;
  #onKeys: (() => void) | undefined;

  constructor(options: LanKeysOptions) {
    this.#options = options;
  }

  /** Calls back from now on when some have come. */
  hear(onKeys: () => void): void {
    this.#onKeys = onKeys;
  }

  of(groupId: string): Buffer | undefined {
    return this.#keys.get(groupId);
  }

  /** One came with a ticket. */
  learn(groupId: string, key: string): void {
    this.#keys.delete(groupId);
    this.#keys.set(groupId, Buffer.from(key, 'base64'));
    this.#due.delete(groupId);
    const [oldest] = [...this.#keys.keys()].filter((id) => !this.#wanted.has(id));
    if (this.#keys.size > MAX_LAN_GROUPS && oldest !== undefined) this.#keys.delete(oldest);
    this.#onKeys?.();
  }

  /** Fetches those that are not known, and forgets what was wanted before; all, if none is wanted. */
  want(groupIds: readonly string[]): void {
    const before = groupIds.length > 0 ? this.#wanted : this.#keys.keys();
    const wanted = new Set(groupIds.slice(0, MAX_LAN_GROUPS));
    for (const groupId of [...before]) if (!wanted.has(groupId)) this.#forget(groupId);
    for (const groupId of wanted) {
      if (!this.#wanted.has(groupId) && !this.#keys.has(groupId)) this.#due.add(groupId);
    }
    this.#wanted = wanted;
    this.#askSoon();
  }

  /** Somebody has left: what was known of the group is theirs too. */
  onEpoch(groupId: string): void {
    if (this.#wanted.has(groupId)) this.#due.add(groupId);
    else this.#forget(groupId);
    this.#askSoon();
  }

  /** The tracker is back, or there is another session: any of them may be another one now. */
  onTrackerBack(): void {
    for (const groupId of this.#wanted) this.#due.add(groupId);
    this.#askSoon();
  }

  #forget(groupId: string): void {
    this.#keys.delete(groupId);
    this.#due.delete(groupId);
  }

  #askSoon(): void {
    const { link, background } = this.#options;
    if (this.#isAsking || this.#due.size === 0 || !link.session || !link.isConnected) return;
    this.#isAsking = true;
    background.run(async () => {
      try {
        await this.#ask();
      } finally {
        this.#isAsking = false;
      }
    });
  }

  async #ask(): Promise<void> {
    const { link } = this.#options;
    while (this.#due.size > 0) {
      const groupIds = [...this.#due].slice(0, MAX_LAN_KEYS_PER_CALL);
      for (const groupId of groupIds) this.#due.delete(groupId);
      try {
        const { keys } = await (await link.calls()).call('lanKeys', { groupIds });
        const found = new Map(keys.map((one) => [one.groupId, Buffer.from(one.key, 'base64')]));
        for (const groupId of groupIds) {
          const key = found.get(groupId);
          if (key && this.#wanted.has(groupId)) this.#keys.set(groupId, key);
          else this.#keys.delete(groupId);
        }
      } catch (error) {
        // An older tracker has no keys; one that is lost is asked again when it is back.
        if (!(error instanceof P2pError)) throw error;
        return;
      }
      this.#onKeys?.();
    }
  }
}
