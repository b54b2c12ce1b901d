/**
 * What many downloads and uploads ask of the tracker, gathered into few calls: what a name
 * stands for and who has it, new shares, announcements.
 */
import {
  decodeDescription,
  decodeDescriptionInTurns,
  fileIdOf,
  type Description,
} from '../../net/description.js';
import { TrackerError, fromWireError } from '../../net/errors.js';
import {
  DESCRIPTION_IN_LIST_BYTES,
  MAX_ANNOUNCED_PER_CALL,
  MAX_FILES_PER_CALL,
  PAGE_BYTES,
} from '../../net/limits.js';
import type {
  Announcement,
  DescribedFile,
  OnlinePeer,
  RefusedItem,
  TrackerMethods,
} from '../../net/tracker-api.js';
import { GatheredCalls, type GatheredCallsOptions } from '../tracker-link/gathered-calls.js';
import type { AccountLink } from './account-link.js';
import { damagedDescription, fetchDescription, shareFile } from './description-transfer.js';
import type { TicketBook } from './ticket-book.js';

/** A file of a group, by name. */
interface FileName {
  readonly groupId: string;
  readonly name: string;
}

/** A name, and what it likely stands for. */
interface Sought extends FileName {
  readonly likelyId?: string;
}

/** A file that is to be shared. */
interface NewShare extends FileName {
  readonly fileId: string;
  readonly encoded: Uint8Array;
  /** Whatever the name stands for. */
  readonly replace: boolean;
  /** The tracker has described it to this client. @default false */
  readonly isDescribedThere?: boolean;
}

/** What a name perhaps stands for. */
export interface LikelyContent {
  readonly fileId: string;
  /** Its description. */
  readonly encoded: Uint8Array;
}

/** A file as a download begins with it. */
export interface LookedUpFile {
  readonly fileId: string;
  readonly description: Description;
  readonly encoded: Uint8Array;
  /** Some that have it now. */
  readonly peers: readonly OnlinePeer[];
}

type Lookup = TrackerMethods['describeFiles'];
type Lookups = RefusableCalls<Sought, DescribedFile>;
type NewShares = RefusableCalls<NewShare, ShareOutcome>;
type ShareOutcome = TrackerMethods['shareFile']['result'];

export class TrackerBatches {
  readonly #link: Pick<AccountLink, 'calls' | 'earlyCalls'>;
  readonly #tickets: TicketBook;
  /** With peers, for downloads, and without, for uploads. */
  readonly #lookups: readonly [withPeers: Lookups, withoutPeers: Lookups];
  readonly #shares: readonly [announced: NewShares, silent: NewShares];
  readonly #announcements: GatheredCalls<Announcement, string | undefined>;

  constructor(link: Pick<AccountLink, 'calls' | 'earlyCalls'>, tickets: TicketBook) {
    this.#link = link;
    this.#tickets = tickets;
    this.#lookups = [this.#gatherLookups(true), this.#gatherLookups(false)];
    this.#shares = [this.#gatherShares(true), this.#gatherShares(false)];
    this.#announcements = new GatheredCalls({
      keyOf: () => '',
      maxItems: MAX_ANNOUNCED_PER_CALL,
      bytesOf: (file) => JSON.stringify(file).length + 1,
      maxBytes: PAGE_BYTES,
      call: async (_key, files) => {
        const { refused } = await (await link.calls()).call('announce', { files });
        const codes = new Map(refused.map((one) => [`${one.fileId} ${one.groupId}`, one.code]));
        return files.map(({ fileId, groupId }) => codes.get(`${fileId} ${groupId}`));
      },
    });
  }

  /**
   * What a download of that name begins with; keeps the ticket that came along. `likely`: what the name perhaps
   * stands for, of which the description is here; it does not come again then.
   * @throws TrackerError, also when the description does not belong to the file's id
   */
  async lookUp(file: FileName, likely?: LikelyContent): Promise<LookedUpFile> {
    const sought = likely ? { ...file, likelyId: likely.fileId } : file;
    const found = await this.#lookups[0].ask(sought);
    const isHere = likely?.fileId === found.fileId && fileIdOf(likely.encoded) === likely.fileId;
    const described = isHere ? decoded(likely) : this.#describe(file, found);
    return { ...(await described), peers: found.peers ?? [] };
  }

  /** What a name stands for; undefined when it is free. @throws TrackerError */
  async describe(file: FileName): Promise<Description | undefined> {
    try {
      return (await this.#describe(file, await this.#lookups[1].ask(file))).description;
    } catch (error) {
      if (error instanceof TrackerError && error.code === 'NO_SUCH_FILE') return undefined;
      throw error;
    }
  }

  /**
   * The content that a name stands for; described unless it is known already.
   * @throws TrackerError NO_SUCH_FILE
   */
  async describeUnlessKnown(
    file: FileName,
    isKnown: (fileId: string) => boolean,
  ): Promise<{ fileId: string; description?: Description }> {
    const found = await this.#lookups[1].ask(file);
    if (isKnown(found.fileId)) return { fileId: found.fileId };
    return this.#describe(file, found);
  }

  /** Shares a file, and offers it from then on if `isOffered`. @throws TrackerError */
  async share(share: NewShare, isOffered: boolean): Promise<ShareOutcome> {
    // What takes the place of something is asked for by itself, so that it has a key: see ask-once.ts.
    if (!share.replace && share.encoded.length <= DESCRIPTION_IN_LIST_BYTES) {
      return this.#shares[isOffered ? 0 : 1].ask(share);
    }
    const { groupId, name, fileId, encoded, replace, isDescribedThere } = share;
    const named = { groupId, name, fileId, ...(replace ? { replace } : {}) };
    const calls = await this.#link.calls();
    const outcome = await shareFile(calls, named, encoded, isDescribedThere);
    if (isOffered) await this.announce({ groupId, fileId, state: 'complete' });
    return outcome;
  }

  /** Tells what this device offers; what the tracker does not take stays untold. */
  async announce(announcement: Announcement): Promise<void> {
    await this.#announcements.ask(announcement);
  }

  async #describe({ groupId }: FileName, found: DescribedFile) {
    const { fileId, description, descriptionBytes } = found;
    if (description === undefined) {
      const fetched = await fetchDescription(
        await this.#link.calls(),
        groupId,
        fileId,
        descriptionBytes,
      );
      return { fileId, ...fetched };
    }
    const encoded = Buffer.from(description, 'base64');
    if (fileIdOf(encoded) !== fileId) throw damagedDescription();
    return { fileId, encoded, description: decodeDescription(encoded) };
  }

  #gatherLookups(wantPeers: boolean): Lookups {
    return new RefusableCalls({
      keyOf: ({ groupId }) => groupId,
      maxItems: MAX_FILES_PER_CALL,
      bytesOf: ({ name, likelyId }) =>
        JSON.stringify(name).length * 3 + (likelyId ? likelyId.length + 3 : 0),
      maxBytes: PAGE_BYTES,
      call: async (groupId, files) => {
        const names = files.map(({ name }) => name);
        const known = files.flatMap(({ likelyId }) => likelyId ?? []);
        const have = known.length > 0 ? { known } : {};
        const found = await this.#askEarly({ groupId, names, wantPeers, ...have });
        // A session that begins forgets tickets of before.
        await this.#link.calls();
        if (found.ticket) this.#tickets.onIssued(groupId, found.ticket);
        return found.files;
      },
    });
  }

  /**
   * What goes along with a dial may come before the session, or get lost with a tracker that hangs: where that is
   * resumed later, it is asked behind it.
   */
  async #askEarly(params: Lookup['params']): Promise<Lookup['result']> {
    const early = await this.#link.earlyCalls();
    try {
      return await early.call('describeFiles', params);
    } catch (error) {
      const { code } = error instanceof TrackerError ? error : {};
      if (code !== 'NOT_LOGGED_IN' && code !== 'CONNECTION_LOST') throw error;
      const calls = await this.#link.calls();
      if (calls === early) throw error;
      return calls.call('describeFiles', params);
    }
  }

  #gatherShares(announce: boolean): NewShares {
    return new RefusableCalls({
      keyOf: ({ groupId }) => groupId,
      maxItems: MAX_FILES_PER_CALL,
      bytesOf: ({ name, encoded }) => 256 + JSON.stringify(name).length * 3 + encoded.length * 2,
      maxBytes: PAGE_BYTES,
      call: async (groupId, shares) => {
        const files = shares.map(({ name, fileId, encoded }) => ({
          name,
          fileId,
          description: Buffer.from(encoded).toString('base64'),
        }));
        return (await (await this.#link.calls()).call('shareFiles', { groupId, files, announce }))
          .outcomes;
      },
    });
  }
}

async function decoded({ fileId, encoded }: LikelyContent) {
  return { fileId, encoded, description: await decodeDescriptionInTurns(encoded) };
}

/** Gathered calls of which each item may be refused for itself. */
class RefusableCalls<Item, Answer extends object> {
  readonly #gathered: GatheredCalls<Item, Answer | RefusedItem>;

  constructor(options: GatheredCallsOptions<Item, Answer | RefusedItem>) {
    this.#gathered = new GatheredCalls(options);
  }

  /** @throws TrackerError */
  async ask(item: Item): Promise<Answer> {
    const answer = await this.#gathered.ask(item);
    if ('code' in answer) throw fromWireError(answer);
    return answer;
  }
}
