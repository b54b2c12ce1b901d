/**
 * Makes this process feel what a committed turn emitted: memberships of online users, presence,
 * watches, and what is pushed to whom. It never judges, never asks the store, and knows of a
 * connection only the one on which the request came, if that is here.
 */
import type { GroupStanding, TrackerNotifications } from '../net/tracker-api.js';
import type { Effect, EffectOf } from './effects.js';
import { Notice } from './notice.js';
import { beginLogin, endLogin, type Online } from './online.js';
import type { Watcher } from './presence/watches.js';
import type { Session } from './sessions/session.js';

type MembershipState = TrackerNotifications['membership']['state'];

/** Whom something is told, and what it says of the group and of whoever has done it. */
type Told = GroupStanding & { readonly userId: string; readonly by?: string };

export class EffectApplier {
  readonly #online: Online;

  readonly #onRemovalPending: () => void;

  constructor(online: Online, onRemovalPending: () => void) {
    this.#online = online;
    this.#onRemovalPending = onRemovalPending;
  }

  /** Applies them in order; `origin` is the connection of the turn, if this process has it. */
  apply(effects: readonly Effect[], origin: Session | undefined): void {
    for (const effect of effects) this.#apply(effect, origin);
  }

  #apply(effect: Effect, origin: Session | undefined): void {
    const { sessions, presence } = this.#online;
    switch (effect.type) {
      case 'login-begun':
        if (origin) beginLogin(this.#online, origin, effect, effect.groupIds);
        return;
      case 'login-ended':
        return this.#endLogins(effect, origin);
      case 'logins-ended':
        return this.#endOtherLogins(effect);
      case 'group-created':
        sessions.onJoined(effect.userId, effect.groupId);
        return this.#tell(effect, 'owner', origin);
      case 'join-requested': {
        const { groupId, userId, governors } = effect;
        for (const id of governors) sessions.pushToUser(id, 'joinRequest', { groupId, userId });
        return;
      }
      case 'invite-redeemed': {
        const { groupId, userId, creatorId } = effect;
        return sessions.pushToUser(creatorId, 'inviteRedeemed', { groupId, userId });
      }
      case 'request-rejected':
        return this.#tell(effect, 'rejected');
      case 'member-joined':
        sessions.onJoined(effect.userId, effect.groupId);
        return this.#tell(effect, effect.role);
      case 'member-removed':
        return this.#removeMember(effect, 'removed');
      case 'member-barred':
        return this.#shutOut(effect);
      case 'banned':
        return this.#removeMember(effect, 'banned');
      case 'role-changed':
        return this.#tell(effect, effect.role);
      case 'epoch-risen': {
        const { groupId, incarnation, epoch } = effect;
        const standing = { groupId, incarnation, epoch };
        return sessions.pushToGroup(groupId, 'epoch', { ...standing, removedUsers: [] });
      }
      case 'content-replaced':
        return this.#tellReplaced(effect, origin);
      case 'content-gone':
        return presence.withdrawContent(effect.groupId, effect.fileId);
      case 'files-changed':
        return this.#online.followed.onChanged(effect.groupId);
      case 'offer-begun':
        return this.#beginOffer(effect, origin);
      case 'offer-ended':
        return presence.withdraw(effect.deviceId, effect.groupId, effect.fileId);
      case 'device-online':
        return this.#goOnline(effect, origin);
      case 'removal-pending':
        return this.#onRemovalPending();
      case 'description-stored':
        return dropStaged(origin, effect.fileId);
    }
  }

  /** Tells a user's sessions, but not the one whose request it was: it gets an answer. */
  #tell(
    { groupId, userId, incarnation, epoch, by }: Told,
    state: MembershipState,
    answered?: Session,
  ): void {
    for (const session of this.#online.sessions.ofUser(userId)) {
      if (session === answered) continue;
      const told = { groupId, state, incarnation, epoch };
      // What they have done themselves needs no name.
      session.push('membership', by === undefined || by === userId ? told : { ...told, by });
    }
  }

  /** Tells who offers the old content or watches it; presence stays, so that it can be finished. */
  #tellReplaced(
    { groupId, fileId, name, sharer }: EffectOf<'content-replaced'>,
    origin: Session | undefined,
  ): void {
    const { presence, watches } = this.#online;
    const concerned = new Set<Watcher>([
      ...presence.holders(groupId, fileId),
      ...watches.watchersOf(groupId, fileId),
    ]);
    const notice = new Notice('replaced', { groupId, fileId, name, sharer });
    for (const session of concerned) if (session !== origin) session.tell(notice);
  }

  #endLogins(ended: EffectOf<'login-ended'>, origin: Session | undefined): void {
    for (const session of this.#online.sessions.ofUser(ended.userId)) {
      const isSameLogin = session.login?.tokenHash === ended.tokenHash;
      const isSameDevice = session.deviceId === ended.deviceId;
      if (session === origin || (!isSameLogin && !isSameDevice)) continue;
      session.end('NOT_LOGGED_IN', 'you were logged out on this device; log in again with `login`');
    }
    if (origin) endLogin(this.#online, origin);
  }

  #endOtherLogins({ userId, deviceId, keptTokenHash, ...why }: EffectOf<'logins-ended'>): void {
    for (const session of this.#online.sessions.ofUser(userId)) {
      const isMeant = deviceId === undefined || session.deviceId === deviceId;
      if (!isMeant || session.login?.tokenHash === keptTokenHash) continue;
      session.end(why.code ?? 'NOT_LOGGED_IN', why.message);
    }
  }

  #removeMember(removed: EffectOf<'member-removed' | 'banned'>, state: 'removed' | 'banned'): void {
    const { groupId, userId } = removed;
    const { sessions, watches, followed } = this.#online;
    for (const session of sessions.ofUser(userId)) {
      watches.removeAll(session, groupId);
      followed.removeAll(session, groupId);
    }
    sessions.onParted(userId, groupId);
    this.#shutOut(removed);
    this.#tell(removed, state);
  }

  /** What the user offers in the group is gone, and its members let the user go. */
  #shutOut({ groupId, userId, incarnation, epoch }: GroupStanding & { readonly userId: string }) {
    const { sessions, presence } = this.#online;
    presence.withdrawUser(userId, groupId);
    const standing = { groupId, incarnation, epoch };
    sessions.pushToGroup(groupId, 'epoch', { ...standing, removedUsers: [userId] });
  }

  #beginOffer(
    { deviceId, groupId, fileId }: EffectOf<'offer-begun'>,
    origin: Session | undefined,
  ): void {
    const { presence } = this.#online;
    if (!origin || !presence.isHolder(deviceId, origin)) return;
    // More than the device may offer is dropped, as the answer says nothing of offers.
    presence.announce(deviceId, groupId, fileId, true);
  }

  #goOnline(
    { deviceId, userId, addresses, local, relays }: EffectOf<'device-online'>,
    origin: Session | undefined,
  ): void {
    if (!origin?.isOpen) return;
    const { presence, reach } = this.#online;
    // Others are told of it with the addresses that are proven, now or soon.
    const told = reach.claim({ deviceId, userId, source: origin.address, addresses, local });
    const before = presence.goOnline({ deviceId, userId, calls: origin.calls, ...told }, origin);
    this.#online.memberRelays.set(origin, relays ? userId : undefined);
    before?.end('HOME_IN_USE', 'another client went online with the key of this device');
  }
}

function dropStaged(session: Session | undefined, fileId: string): void {
  if (session?.staged?.fileId !== fileId) return;
  session.staged.discard();
  session.staged = undefined;
}
