/**
 * Whom and what the changes of others concern that were applied since the last own transaction began: what follows from
 * that transaction may have been judged by what was before them, and is felt behind them. Bounded: beyond that much
 * everybody is concerned. Pure.
 */
import { MAX_CONCERNED_KEPT } from '../../net/limits.js';
import type { Effect } from '../effects.js';
import type { ToldChange } from './change-codec.js';

const ofUser = (userId: string): string => JSON.stringify(['user', userId]);
const ofGroup = (groupId: string): string => JSON.stringify(['group', groupId]);
const ofContent = (groupId: string, fileId: string): string =>
  JSON.stringify(['content', groupId, fileId]);

export class Concerned {
  readonly #things = new Set<string>();
  #isAll = false;

  /** Others have changed this. */
  add({ effects }: Pick<ToldChange, 'effects'>): void {
    for (const effect of effects) {
      for (const thing of concernedBy(effect)) this.#things.add(thing);
    }
    if (this.#things.size > MAX_CONCERNED_KEPT) this.addAll();
  }

  /** Nobody can say what others have changed. */
  addAll(): void {
    this.#isAll = true;
    this.#things.clear();
  }

  clear(): void {
    this.#isAll = false;
    this.#things.clear();
  }

  /** True when some of these effects of a user's turn may rest on what is not so any more. */
  overtakes(effects: readonly Effect[], userId: string | undefined): boolean {
    return effects.some((effect) => {
      const things = restsOn(effect, userId);
      return things.length > 0 && (this.#isAll || things.some((thing) => this.#things.has(thing)));
    });
  }
}

/** Users, groups whose epoch has risen, and contents. */
function concernedBy(effect: Effect): readonly string[] {
  switch (effect.type) {
    case 'member-removed':
    case 'banned':
    case 'member-barred':
      return [ofUser(effect.userId), ofGroup(effect.groupId)];
    case 'epoch-risen':
      return [ofGroup(effect.groupId)];
    case 'content-gone':
      return [ofContent(effect.groupId, effect.fileId)];
    default:
      return 'userId' in effect ? [ofUser(effect.userId)] : [];
  }
}

/** What is begun by an effect was judged by these; nothing of one that any moment allows. */
function restsOn(effect: Effect, userId: string | undefined): readonly string[] {
  switch (effect.type) {
    case 'login-begun':
      return [ofUser(effect.userId), ...effect.groupIds.map(ofGroup)];
    case 'offer-begun':
      return [
        ...(userId === undefined ? [] : [ofUser(userId)]),
        ofContent(effect.groupId, effect.fileId),
      ];
    default:
      return [];
  }
}
