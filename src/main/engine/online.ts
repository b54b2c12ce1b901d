/**
 * Whether this client can be reached, and what a session at the tracker makes of that: listening,
 * being registered, putting online what the user shares, and taking all of it back. Owns the
 * one start of the listeners and what the last login restored.
 *
 *   offline → listening (no session, or a one-shot's) → online → offline
 */
import { scopeOf } from '../../net/address-scope.js';
import { CancelledError, type P2pError } from '../../net/errors.js';
import { isEveryAddress } from '../../net/listen-host.js';
import { isRole, type Role } from '../../net/roles.js';
import type { PeerAddress, PeerTransport, TrackerNotifications } from '../../net/tracker-api.js';
import type { AccountLink } from '../account/account-link.js';
import type { AccountSession, SessionReason } from '../account/account-session.js';
import type { FileNews } from '../account/file-news.js';
import type { FileWatches } from '../account/file-watches.js';
import type { LanKeys } from '../account/lan-keys.js';
import { membershipEnded, type Memberships } from '../account/memberships.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { LoginResult } from '../api/engine-api.js';
import type { DownloadDesk } from '../downloads/download-desk.js';
import type { Downloads } from '../downloads/downloads.js';
import type { Parcels } from '../downloads/parcels.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import type { Account } from '../home/library-records.js';
import type { Lan } from '../lan/lan.js';
import type { Pinholes } from '../router/pinholes.js';
import type { PortMapping } from '../router/port-mapping.js';
import type { Reachability } from '../sharing/reachability.js';
import type { FolderListings } from '../account/folder-listings.js';
import type { Scrub } from '../sharing/scrub.js';
import type { Serving } from '../sharing/serving.js';
import type { Shares } from '../sharing/shares.js';
import type { Uploads } from '../sharing/uploads.js';
import { listAll, type TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { RateLimits } from './rate-limits.js';

/** What a login put online again. */
type Restored = Omit<LoginResult, 'userId'>;

const NOTHING: Restored = { restored: 0, skipped: [] };

export interface OnlineOwners {
  readonly link: Pick<AccountLink, 'calls' | 'session' | 'isConnected'>;
  readonly serving: Pick<Serving, 'address' | 'addresses' | 'start' | 'follow' | 'trust'>;
  readonly reach: Pick<Reachability, 'register' | 'end'>;
  readonly uploads: Pick<Uploads, 'onStanding' | 'withdrawAll'>;
  readonly memberships: Pick<Memberships, 'isOfOther' | 'learnAll' | 'clear'>;
  readonly shares: Pick<Shares, 'restore' | 'announceAll' | 'end'>;
  readonly listings: Pick<FolderListings, 'clear'>;
  readonly scrub: Pick<Scrub, 'start' | 'stop'>;
  readonly tickets: Pick<TicketBook, 'clear'>;
  readonly watches: Pick<FileWatches, 'onTrackerBack'>;
  readonly fileNews: Pick<FileNews, 'onTrackerBack'>;
  /** Nothing is kept the same as a group of the user who was logged in. */
  readonly endSyncs: (reason: CancelledError) => Promise<void>;
  readonly downloads: Pick<Downloads, 'stopWhere'>;
  readonly desk: Pick<DownloadDesk, 'resumeUnfinished'>;
  readonly connections: Pick<PeerConnections, 'closeIdle' | 'onTicket'>;
  readonly parcels: Pick<Parcels, 'closeIdle'>;
  readonly lan?: Pick<Lan, 'start' | 'onAddressesChanged' | 'stop'> | undefined;
  readonly lanKeys?: Pick<LanKeys, 'onTrackerBack'>;
  readonly router?: Pick<PortMapping, 'start' | 'stop' | 'onNetworkChanged'> | undefined;
  readonly pinholes?: Pick<Pinholes, 'open' | 'follow' | 'close'> | undefined;
  readonly limits: Pick<RateLimits, 'load'>;
  /** Ends everything of a group in which the user is no more; what can wait goes on by itself. */
  readonly leaveGroup: (account: Account, groupId: string, error: P2pError) => void;
  /** What the user is in a group has become another thing. */
  readonly onRole: (groupId: string, role: Role) => void;
  /** Of something offered here there is a newer version. */
  readonly onReplaced: (replaced: TrackerNotifications['replaced']) => void;
  /** What an earlier process fetched for guests has no use any more; it goes by itself. */
  readonly removeLeft: () => void;
  readonly emit: ClientEventListener;
}

export interface OnlineOptions {
  /** A login is remembered, and says in which transport peers expect us. */
  readonly remember: boolean;
  /** A login puts online what was shared, and goes on with what was being downloaded. */
  readonly isStaying: boolean;
  /** What is shared is read again in the background. */
  readonly isScrubbing: boolean;
  /** Takes the home's lock; nothing may listen without it. */
  readonly lockHome: () => Promise<unknown>;
}

export class Online {
  readonly #owners: OnlineOwners;
  readonly #options: OnlineOptions;
  #starting: Promise<PeerAddress> | undefined;
  /** Set while what the user shares is served by an engine that does not stay. */
  #servingShares: Promise<void> | undefined;
  /** A login puts online what was shared, and others are to find this client. */
  #isForOthers: boolean;
  #restored = NOTHING;

  constructor(owners: OnlineOwners, options: OnlineOptions) {
    this.#owners = owners;
    this.#options = options;
    this.#isForOthers = options.isStaying;
  }

  /** What the last session put online again, for the answer to `login`. */
  get restored(): Restored {
    return this.#restored;
  }

  /** Listens and goes online; the same promise for everybody. */
  start(): Promise<PeerAddress> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Serves all that the user shares until they are logged in no more, also of an engine that does not stay. */
  async serveShares(): Promise<void> {
    this.#servingShares ??= this.#serveShares().catch((error: unknown) => {
      this.#servingShares = undefined;
      throw error;
    });
    return this.#servingShares;
  }

  /** Resolves when no start is under way, however it ended. */
  async settled(): Promise<void> {
    await this.#starting?.catch(() => undefined);
  }

  /** A session was begun, resumed or resumed again: tells the tracker what is true here. */
  async onSession(
    calls: TrackerCalls,
    session: AccountSession,
    reason: SessionReason,
  ): Promise<void> {
    const { serving, shares, tickets, watches } = this.#owners;
    const isReconnect = reason === 'reconnected';
    if (this.#owners.memberships.isOfOther(session.account)) {
      await this.goOffline('another account logged in');
    }
    if (!isReconnect) tickets.clear();
    // At once: what is pushed from now on is newer than what the session was told with.
    const learning = this.#learnMemberships(calls, session);
    await Promise.all([learning, this.#owners.limits.load()]);
    this.#owners.lanKeys?.onTrackerBack();
    if (isReconnect) this.#owners.fileNews.onTrackerBack();
    if (!isReconnect) {
      if (!serving.address) return;
      await this.#goOnline(calls, session);
      if (reason === 'resumed') this.#tellSkipped();
      return;
    }
    if (serving.address) {
      await this.#register(calls, session);
      for (const replaced of await shares.announceAll(calls)) this.#owners.onReplaced(replaced);
    }
    await watches.onTrackerBack(calls);
  }

  /** Tickets of this session's tracker are good from now on, by its time. */
  trust({ info, clockOffsetMs }: Pick<AccountSession, 'info' | 'clockOffsetMs'>): void {
    const ticketKey = Buffer.from(info.ticketKey, 'base64');
    this.#owners.serving.trust({ ticketKey, clockOffsetMs });
  }

  /** A login of this user takes the place of the session: nothing of that one is left. */
  async onReplacing(userId: string): Promise<void> {
    const { session } = this.#owners.link;
    if (session && session.account.userId !== userId) {
      await this.goOffline('another account logged in');
    }
    this.#restored = NOTHING;
  }

  /** Ends downloads (they go on with the next login) and takes back everything offered. */
  async goOffline(why: string): Promise<void> {
    const { downloads, connections, parcels, uploads, tickets, memberships } = this.#owners;
    const { shares, scrub, reach, listings } = this.#owners;
    const reason = new CancelledError(`the download was stopped: ${why}`, 'TERMINATED');
    const ended = new CancelledError(`it has ended: ${why}`, 'TERMINATED');
    this.#servingShares = undefined;
    this.#isForOthers = this.#options.isStaying;
    // Before what they wait for: it is not tried again then.
    await Promise.all([this.#owners.endSyncs(ended), downloads.stopWhere(() => true, reason)]);
    connections.closeIdle();
    parcels.closeIdle();
    uploads.withdrawAll('NO_SUCH_FILE');
    listings.clear();
    shares.end();
    scrub.stop();
    memberships.clear();
    tickets.clear();
    reach.end();
    const { lan, router, pinholes } = this.#owners;
    await Promise.all([lan?.stop(), router?.stop(), pinholes?.close()]);
    // One that was begun meanwhile would go on as somebody else.
    await this.#owners.endSyncs(ended);
  }

  /** This machine has other addresses: listens and is found where they are now. */
  async onNetworkChanged(): Promise<void> {
    const { serving } = this.#owners;
    if (serving.address) await serving.follow();
    this.#owners.lan?.onAddressesChanged();
    this.#owners.router?.onNetworkChanged();
    if (serving.address) await this.#owners.pinholes?.follow(serving.addresses);
    await this.registerAgain();
  }

  /** There are other candidates than before. */
  async registerAgain(): Promise<void> {
    const { link, serving, reach } = this.#owners;
    if (!serving.address) return;
    // A link that is lost registers when it is back.
    if (link.session && link.isConnected)
      await reach.register(await link.calls(), serving.addresses);
  }

  async #start(): Promise<PeerAddress> {
    const { link, serving } = this.#owners;
    const { remember, lockHome } = this.#options;
    const transport: PeerTransport | undefined = remember
      ? await link.calls().then(() => link.session?.info.peerTransport)
      : undefined;
    await Promise.all([lockHome(), this.#owners.limits.load()]);
    const address = await serving.start(transport ?? 'tls');
    const { session } = link;
    if (session) await this.#goOnline(await link.calls(), session);
    this.#tellSkipped();
    return address;
  }

  async #serveShares(): Promise<void> {
    const { link } = this.#owners;
    await this.start();
    // What stays has served them since it began.
    if (this.#isForOthers) return;
    const calls = await link.calls();
    const { session } = link;
    this.#isForOthers = true;
    if (session) await this.#goOnline(calls, session);
    this.#tellSkipped();
  }

  /** No login says it when the remembered one is gone on with. */
  #tellSkipped(): void {
    for (const { groupId, name: fileName, reason } of this.#restored.skipped) {
      this.#owners.emit({ type: 'share-skipped', groupId, fileName, reason });
    }
  }

  /**
   * What happened while this client was away: from now on older tickets are refused, and groups
   * that the user is not in any more are left before anything is announced or watched again.
   */
  async #learnMemberships(calls: TrackerCalls, session: AccountSession): Promise<void> {
    const { info, account } = session;
    const groups =
      info.nextGroups === undefined ? info.groups : await listAll(calls, 'listMemberships', {});
    this.#takeIn(account, groups);
  }

  /** What the user is in by now, whatever an answer of before says. @throws TrackerError */
  async learnMembershipsAgain(): Promise<void> {
    const { link } = this.#owners;
    const calls = await link.calls();
    const { session } = link;
    const groups = await listAll(calls, 'listMemberships', {});
    // Another session has learnt its own.
    if (session && session === link.session) this.#takeIn(session.account, groups);
  }

  #takeIn(account: Account, groups: AccountSession['info']['groups']): void {
    const { uploads, memberships, leaveGroup, onRole, emit } = this.#owners;
    for (const { groupId, state } of memberships.learnAll(account, groups)) {
      emit({ type: 'membership', groupId, state });
      if (isRole(state)) onRole(groupId, state);
      else leaveGroup(account, groupId, membershipEnded(groupId, state));
    }
    for (const { groupId, incarnation, epoch } of groups) {
      uploads.onStanding({ groupId, incarnation, epoch });
    }
  }

  /** Makes a fresh session serve everything that its user shares here. */
  async #goOnline(calls: TrackerCalls, session: AccountSession): Promise<void> {
    const { shares, scrub, desk } = this.#owners;
    await this.#register(calls, session);
    if (!this.#isForOthers) return;
    this.#restored = await shares.restore(calls, session.account);
    if (!this.#options.isStaying) return;
    if (this.#options.isScrubbing) scrub.start(session.account);
    this.#owners.removeLeft();
    await desk.resumeUnfinished(session.account);
  }

  async #register(calls: TrackerCalls, session: AccountSession): Promise<void> {
    const { serving, reach } = this.#owners;
    await serving.start(session.info.peerTransport);
    this.trust(session);
    this.joinNetwork(this.#isForOthers);
    if (this.#isForOthers) await this.#openPinholes();
    await reach.register(calls, serving.addresses);
  }

  /**
   * Whoever stays is found in this network, and from outside; a command takes part once it looks for others
   * itself, or tries the network, and asks the router when somebody has to come to it.
   */
  joinNetwork(isWanted: boolean): void {
    const { lan } = this.#owners;
    if (isWanted) lan?.start();
    lan?.onAddressesChanged();
    if (isWanted) this.askRouter();
  }

  /** Has routers of IPv6 let others in, before the tracker looks: it looks at an address once in a while. */
  async #openPinholes(): Promise<void> {
    const { serving, pinholes } = this.#owners;
    if (serving.address) await pinholes?.open(serving.addresses);
  }

  /** Has the router pass on what is listened on inside of its network. */
  askRouter(): void {
    const { router, serving } = this.#owners;
    const isInside = ({ host }: PeerAddress): boolean =>
      isEveryAddress(host) || scopeOf(host) === 'private';
    const inside = serving.addresses.find(isInside);
    if (inside) router?.start(inside.port);
  }
}
