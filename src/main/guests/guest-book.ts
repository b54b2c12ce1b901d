/**
 * The links for guests of a home: makes, lists and ends them, and says what is behind one for whom. Owns the file of
 * them and what it says; every change is on the disk before anybody hears of it. Whoever changes it has the home's
 * lock.
 */
import { createHash, randomBytes } from 'node:crypto';
import { P2pError, TrackerError, UsageError } from '../../net/errors.js';
import { MAX_GUEST_LINKS } from '../../net/limits.js';
import { mayDo } from '../../net/roles.js';
import { Turns } from '../../net/turns.js';
import type { AccountLink } from '../account/account-link.js';
import type { Memberships } from '../account/memberships.js';
import type { EngineApi } from '../api/engine-api.js';
import type {
  GatewayPlace,
  Guest,
  GuestDoor,
  GuestItem,
  GuestLink,
  MadeGuestLink,
} from '../api/guest-links.js';
import { readGuestLinks, writeGuestLinks, type KeptGuestLink } from '../home/guest-links-file.js';
import type { Home } from '../home/home.js';
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import type { Shares } from '../sharing/shares.js';
import { givenBack, isOpenTo, itemOf, taken, toldLink, verdictOn } from './guest-link.js';
import { LinkPasswords } from './link-password.js';

const SECRET_BYTES = 32;

/** With these the tracker says that there is nothing to take any more, or nobody who may give it. */
const ENDS = new Set(['NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NO_SUCH_FILE', 'READ_ONLY', 'BANNED']);

export interface GuestBookOptions {
  readonly home: Pick<Home, 'guestLinksPath'>;
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession' | 'session' | 'nowMs'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'roleIn' | 'endOf'>;
  /** Opening it takes the home's lock. */
  readonly library: () => Promise<Pick<Library, 'sharesByFileId'>>;
  readonly shares: Pick<Shares, 'hasUnchanged'>;
}

export class GuestBook implements GuestDoor {
  readonly #options: GuestBookOptions;
  readonly #passwords = new LinkPasswords();
  /** Changes come one after the other: each is judged by what the one before has left. */
  readonly #changing = new Turns(1);
  readonly #listeners = new Set<(id: string) => void>();
  #gateway: GatewayPlace | undefined;
  #links: ReadonlyMap<string, KeptGuestLink> | undefined;

  constructor(options: GuestBookOptions) {
    this.#options = options;
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
    if (file.files !== undefined) throw isFolder(fileName);
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
      isFolder: false,
      ...{ createdAtMs, expiresAtMs: createdAtMs + lifetimeMs },
      ...(downloads !== undefined && { downloads }),
      ...(kept && { password: kept }),
    };
    await this.#change((links) => {
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
    return [...(await this.#load()).values()]
      .filter((one) => isOf(one, account) && nowMs < one.expiresAtMs)
      .filter((one) => groupId === undefined || one.groupId === groupId)
      .map(toldLink);
  }

  /** Ends the one whose id begins so; answers which. @throws TrackerError NO_SUCH_LINK */
  async revoke(account: Account, beginning: string): Promise<GuestLink> {
    const own = [...(await this.#load()).values()].filter((one) => isOf(one, account));
    const [found, ...others] = own.filter(({ id }) => id.startsWith(beginning));
    if (found === undefined || others.length > 0) throw notOne(beginning, others.length);
    await this.#end(({ id }) => id === found.id);
    return toldLink(found);
  }

  /** The user is not in the group any more. */
  async endGroup(account: Account, groupId: string): Promise<void> {
    await this.#end((one) => isOf(one, account) && one.groupId === groupId);
  }

  async find(secret: string, network: string): Promise<GuestItem | undefined> {
    const kept = (await this.#load()).get(hashOf(secret));
    return kept && this.#isGood(kept, network) ? itemOf(kept) : undefined;
  }

  async isPassword(id: string, password: string): Promise<boolean> {
    const kept = (await this.#load()).get(id);
    return kept?.password !== undefined && this.#passwords.isRight(password, kept.password);
  }

  async admit(id: string, guest: Guest): Promise<boolean> {
    const { network } = guest;
    const verdict = await this.#take(id, guest);
    if (typeof verdict === 'string') return verdict === 'goes-on';
    try {
      const { groupId, fileName, fileId } = verdict;
      const calls = await this.#options.link.promptCalls();
      await calls.call('noteGuestDownload', { groupId, name: fileName, fileId });
      // It may have been ended meanwhile.
      return (await this.#load()).has(id);
    } catch (error) {
      if (isEnd(error)) {
        await this.#end((one) => one.id === id);
        return false;
      }
      await this.#change((links) => {
        const present = links.get(id);
        if (present) links.set(id, givenBack(present, network));
      });
      throw error;
    }
  }

  async isCurrent(id: string): Promise<boolean> {
    const kept = (await this.#load()).get(id);
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

  async fileOf(id: string): ReturnType<GuestDoor['fileOf']> {
    const kept = (await this.#load()).get(id);
    const { session } = this.#options.link;
    if (kept === undefined || session === undefined) return undefined;
    const { account } = session;
    const library = await this.#options.library();
    for (const { path, stamp } of library.sharesByFileId(account, kept.fileId)) {
      const isThere = await this.#options.shares.hasUnchanged(account, kept.fileId, path);
      if (isThere) return { path, stamp };
    }
    return undefined;
  }

  /** Counts a download, if there is one to count; answers the link then. */
  async #take(id: string, guest: Guest): Promise<KeptGuestLink | 'goes-on' | 'over'> {
    const kept = (await this.#load()).get(id);
    if (kept === undefined || !this.#isGood(kept, guest.network)) return 'over';
    if (verdictOn(kept, guest, this.#options.link.nowMs()) === 'goes-on') return 'goes-on';
    return this.#change((links) => {
      const present = links.get(id);
      const nowMs = this.#options.link.nowMs();
      // Another guest may have had the last one.
      if (present === undefined || verdictOn(present, guest, nowMs) === 'over') return 'over';
      links.set(id, taken(present, guest.network, nowMs));
      return present;
    });
  }

  #isGood(kept: KeptGuestLink, network: string): boolean {
    const { link, memberships } = this.#options;
    const account = link.session?.account;
    return (
      account !== undefined &&
      isOf(kept, account) &&
      memberships.endOf(kept) === undefined &&
      isOpenTo(kept, network, link.nowMs())
    );
  }

  async #end(isEnding: (link: KeptGuestLink) => boolean): Promise<void> {
    const all = [...(await this.#load()).values()];
    if (!all.some(isEnding)) return;
    const ended: string[] = [];
    await this.#change((links) => {
      for (const [id, one] of links) {
        if (!isEnding(one)) continue;
        links.delete(id);
        ended.push(id);
      }
    });
    for (const id of ended) for (const listener of this.#listeners) listener(id);
  }

  /** What the change makes of the links holds once it is on the disk. */
  #change<Answer>(change: (links: Map<string, KeptGuestLink>) => Answer): Promise<Answer> {
    return this.#changing.take(async () => {
      await this.#options.library();
      const before = await this.#load();
      const links = new Map(before);
      const answer = change(links);
      if (isSame(before, links)) return answer;
      await writeGuestLinks(this.#options.home, [...links.values()]);
      this.#links = links;
      return answer;
    });
  }

  async #load(): Promise<ReadonlyMap<string, KeptGuestLink>> {
    if (this.#links !== undefined) return this.#links;
    const read = await readGuestLinks(this.#options.home);
    this.#links ??= new Map(read.map((link) => [link.id, link]));
    return this.#links;
  }
}

function isSame(
  before: ReadonlyMap<string, KeptGuestLink>,
  now: ReadonlyMap<string, KeptGuestLink>,
): boolean {
  return before.size === now.size && [...now].every(([id, link]) => before.get(id) === link);
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

function noGateway(): never {
  throw new TrackerError(
    'NO_GATEWAY',
    'guests have no way in here: start `serve` with --gateway PORT, and make the link while it runs',
  );
}

function isFolder(fileName: string): UsageError {
  return new UsageError(
    `${fileName} is a folder, which guests cannot take; share an archive of it, or its files one by one`,
  );
}

function readersHaveNoGuests(groupId: string): TrackerError {
  return new TrackerError(
    'READ_ONLY',
    `you are a reader of ${groupId}: links for guests are for its members; an owner can make you one`,
  );
}

function tooMany(): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    `${MAX_GUEST_LINKS} links for guests are good already; end one with \`links\` --revoke first`,
  );
}

function notOne(beginning: string, others: number): TrackerError {
  const what =
    others > 0
      ? `the ids of ${others + 1} links for guests begin with ${beginning}; give more of it`
      : `no link for guests has an id that begins with ${beginning}; \`links\` shows them`;
  return new TrackerError('NO_SUCH_LINK', what);
}
