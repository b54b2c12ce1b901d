/**
 * The links for guests of a home: makes, lists and ends them, and says what is behind one for whom. A download counts
 * on the disk before the group hears of it, and the group hears of it before the guest gets anything.
 */
import { createHash, randomBytes } from 'node:crypto';
import { P2pError } from '../../net/errors.js';
import { MAX_GUEST_LINKS } from '../../net/limits.js';
import { mayDo, type Role } from '../../net/roles.js';
import type { AccountLink } from '../account/account-link.js';
import type { Memberships } from '../account/memberships.js';
import type { EngineApi } from '../api/engine-api.js';
import type {
  Admission,
  GatewayPlace,
  Guest,
  GuestDoor,
  GuestItem,
  GuestLink,
  MadeGuestLink,
} from '../api/guest-links.js';
import type { KeptGuestLink } from '../home/guest-links-file.js';
import type { Home } from '../home/home.js';
import type { Account } from '../home/library-records.js';
import { Admissions } from './admissions.js';
import { GuestPace } from './guest-pace.js';
import { GuestContents, type GuestContentsOptions } from './guest-contents.js';
import {
  counted,
  givenBack,
  isOpenTo,
  itemOf,
  toldLink,
  verdictOn,
  withPass,
} from './guest-link.js';
import { KeptLinks } from './kept-links.js';
import { noGateway, notOne, readersHaveNoGuests, tooMany } from './guest-refusals.js';
import { LinkPasswords } from './link-password.js';

const SECRET_BYTES = 32;

/** With these the tracker says that there is nothing to take any more, or nobody who may give it. */
const ENDS = new Set(['NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NO_SUCH_FILE', 'READ_ONLY', 'BANNED']);

export interface GuestBookOptions extends GuestContentsOptions {
  readonly home: Pick<Home, 'guestLinksPath'>;
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession' | 'session' | 'nowMs'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'roleIn' | 'endOf'>;
  /** One steady clock, in milliseconds. */
  readonly steadyMs: () => number;
}

export class GuestBook implements GuestDoor {
  readonly #options: GuestBookOptions;
  readonly #passwords = new LinkPasswords();
  readonly #admissions = new Admissions();
  readonly #pace: GuestPace;
  readonly #kept: KeptLinks;
  readonly #contents: GuestContents;
  readonly #listeners = new Set<(id: string) => void>();
  #gateway: GatewayPlace | undefined;

  constructor(options: GuestBookOptions) {
    this.#options = options;
    this.#pace = new GuestPace(options.steadyMs);
    // Opening the library takes the home's lock.
    this.#kept = new KeptLinks(options.home, options.library);
    this.#contents = new GuestContents(options);
  }

  /** Where guests come in; undefined when they have no way in. */
  get gateway(): GatewayPlace | undefined {
    return this.#gateway;
  }

  openAt(place: GatewayPlace | undefined): void {
    this.#gateway = place;
  }

  onEnded(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** See EngineApi. @throws P2pError NO_GATEWAY, NO_SUCH_FILE, READ_ONLY, LIMIT_REACHED */
  async make({
    groupId,
    fileName,
    lifetimeMs,
    downloads,
    password,
  }: Parameters<EngineApi['createGuestLink']>[0]): Promise<MadeGuestLink> {
    const { link, memberships } = this.#options;
    const gateway = this.#gateway ?? noGateway();
    const calls = await link.promptCalls();
    const file = await calls.call('fileInfo', { groupId, name: fileName });
    const role = memberships.roleIn(groupId);
    if (role !== undefined && !mayDo(role, 'bring')) throw readersHaveNoGuests(groupId);
    const kept = password === undefined ? undefined : await this.#passwords.keep(password);
    const { account } = link.requireSession();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const createdAtMs = Math.floor(link.nowMs());
    const made: KeptGuestLink = {
      id: hashOf(secret),
      trackerId: account.trackerId,
      userId: account.userId,
      ...{ groupId, fileName, fileId: file.fileId, size: file.size, taken: 0, passes: [] },
      incarnation: memberships.incarnationOf(groupId) ?? '',
      isFolder: file.files !== undefined,
      ...{ createdAtMs, expiresAtMs: createdAtMs + lifetimeMs },
      ...(downloads !== undefined && { downloads }),
      ...(kept && { password: kept }),
    };
    await this.#kept.change((links) => {
      for (const [id, one] of links) if (one.expiresAtMs <= createdAtMs) links.delete(id);
      if (links.size >= MAX_GUEST_LINKS) throw tooMany();
      links.set(made.id, made);
    });
    return { link: toldLink(made), secret, gateway };
  }

  /** Those of an account that have not expired, of one group if it is named; the oldest first. */
  async list(account: Account, groupId: string | undefined): Promise<readonly GuestLink[]> {
    const { link } = this.#options;
    // Without a session nobody here knows what time it is.
    const nowMs = link.session ? link.nowMs() : 0;
    return [...(await this.#kept.load()).values()]
      .filter((one) => isOf(one, account) && nowMs < one.expiresAtMs)
      .filter((one) => groupId === undefined || one.groupId === groupId)
      .map(toldLink);
  }

  /** Ends the one whose id begins so; answers which. @throws TrackerError NO_SUCH_LINK */
  async revoke(account: Account, beginning: string): Promise<GuestLink> {
    const own = [...(await this.#kept.load()).values()].filter((one) => isOf(one, account));
    const [found, ...others] = own.filter(({ id }) => id.startsWith(beginning));
    if (found === undefined || others.length > 0) throw notOne(beginning, others.length);
    await this.#end(({ id }) => id === found.id);
    return toldLink(found);
  }

  /** The user is not in the group any more. */
  async endGroup(account: Account, groupId: string): Promise<void> {
    await this.#end((one) => isOf(one, account) && one.groupId === groupId);
  }

  /** Who may bring nothing into a group any more brings nothing out of it. */
  async onRole(groupId: string, role: Role): Promise<void> {
    const { account } = this.#options.link.requireSession();
    if (!mayDo(role, 'bring')) await this.endGroup(account, groupId);
  }

  /** A name of a group stands for something else than it did. */
  async onReplaced(
    account: Account,
    {
      groupId,
      name,
      fileId,
    }: Pick<KeptGuestLink, 'groupId' | 'fileId'> & { readonly name: string },
  ): Promise<void> {
    await this.#end(
      (one) =>
        isOf(one, account) &&
        one.groupId === groupId &&
        one.fileName === name &&
        one.fileId === fileId,
    );
  }

  async find(secret: string, network: string): Promise<GuestItem | undefined> {
    const kept = (await this.#kept.load()).get(hashOf(secret));
    // After a restart it is the tracker that says who is in the group.
    if (kept && !(await this.#isLoggedIn())) return undefined;
    return kept && this.#isGood(kept, network) ? itemOf(kept) : undefined;
  }

  /** @throws TrackerError when the tracker is away, and has not said it yet */
  async #isLoggedIn(): Promise<boolean> {
    const { link } = this.#options;
    try {
      if (link.session === undefined) await link.promptCalls();
    } catch (error) {
      if (!(error instanceof P2pError) || error.code !== 'NOT_LOGGED_IN') throw error;
    }
    return link.session !== undefined;
  }

  async isPassword(id: string, password: string): Promise<boolean> {
    const kept = (await this.#kept.load()).get(id);
    return kept?.password !== undefined && this.#passwords.isRight(password, kept.password);
  }

  admit(id: string, guest: Guest): Promise<Admission> {
    const { network } = guest;
    return this.#admissions.take(id, network, async () => {
      const verdict = this.#verdictOn((await this.#kept.load()).get(id), guest);
      if (verdict !== 'counts') return verdict === 'goes-on' ? 'admitted' : 'over';
      if (!this.#pace.take(id, network)) return 'too-often';
      let isAdmitted = false;
      try {
        isAdmitted = await this.#begin(id, guest);
      } finally {
        if (!isAdmitted) this.#pace.giveBack(id, network);
      }
      return isAdmitted ? 'admitted' : 'over';
    });
  }

  /** Counts a download and tells the group; false when there is none to count any more. */
  async #begin(id: string, guest: Guest): Promise<boolean> {
    const counting = await this.#count(id, guest);
    if (counting === undefined || !(await this.#note(counting))) return false;
    const nowMs = this.#options.link.nowMs();
    await this.#kept.change((links) => {
      const present = links.get(id);
      if (present) links.set(id, withPass(present, guest.network, nowMs));
    });
    // It may have been ended meanwhile.
    return (await this.#kept.load()).has(id);
  }

  /** Tells the group; false when the link has ended with that. A download that cannot be told does not count. */
  async #note({ id, groupId, fileName, fileId }: KeptGuestLink): Promise<boolean> {
    try {
      const calls = await this.#options.link.promptCalls();
      await calls.call('noteGuestDownload', { groupId, name: fileName, fileId });
      return true;
    } catch (error) {
      if (isEnd(error)) {
        await this.#end((one) => one.id === id);
        return false;
      }
      await this.#kept.change((links) => {
        const present = links.get(id);
        if (present) links.set(id, givenBack(present));
      });
      throw error;
    }
  }

  async isCurrent(id: string): Promise<boolean> {
    const kept = (await this.#kept.load()).get(id);
    if (kept === undefined) return false;
    const isSame = await this.#standsFor(kept);
    if (!isSame) await this.#end((one) => one.id === id);
    return isSame;
  }

  async #standsFor({ groupId, fileName, fileId }: KeptGuestLink): Promise<boolean> {
    try {
      const calls = await this.#options.link.promptCalls();
      return (await calls.call('fileInfo', { groupId, name: fileName })).fileId === fileId;
    } catch (error) {
      if (isEnd(error)) return false;
      throw error;
    }
  }

  async contentOf(id: string): ReturnType<GuestDoor['contentOf']> {
    const kept = (await this.#kept.load()).get(id);
    const { session } = this.#options.link;
    return kept && session && this.#contents.here(session.account, kept);
  }

  async folderOf(id: string): ReturnType<GuestDoor['folderOf']> {
    const kept = (await this.#kept.load()).get(id);
    return kept && this.#contents.folder(kept);
  }

  #verdictOn(kept: KeptGuestLink | undefined, guest: Guest): ReturnType<typeof verdictOn> {
    if (kept === undefined || !this.#isGood(kept, guest.network)) return 'over';
    return verdictOn(kept, guest, this.#options.link.nowMs());
  }

  /** Counts a download, if there is one to count; answers the link then. */
  async #count(id: string, guest: Guest): Promise<KeptGuestLink | undefined> {
    return this.#kept.change((links) => {
      const present = links.get(id);
      // Another guest may have had the last one.
      if (present === undefined || this.#verdictOn(present, guest) !== 'counts') return undefined;
      links.set(id, counted(present));
      return present;
    });
  }

  #isGood(kept: KeptGuestLink, network: string): boolean {
    const { link, memberships } = this.#options;
    const account = link.session?.account;
    const role = memberships.roleIn(kept.groupId);
    return (
      account !== undefined &&
      isOf(kept, account) &&
      memberships.endOf(kept) === undefined &&
      (role === undefined || mayDo(role, 'bring')) &&
      isOpenTo(kept, network, link.nowMs())
    );
  }

  #end(isEnding: (link: KeptGuestLink) => boolean): Promise<void> {
    return this.#kept.end(isEnding, (id) => {
      for (const listener of this.#listeners) listener(id);
    });
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function isOf({ trackerId, userId }: KeptGuestLink, account: Account): boolean {
  return trackerId === account.trackerId && userId === account.userId;
}

function isEnd(error: unknown): boolean {
  return error instanceof P2pError && ENDS.has(error.code);
}
