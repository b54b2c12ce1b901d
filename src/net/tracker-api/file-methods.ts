/** Requests about files: what there is in a group, and what is shared. */
import type { DescribedFile, FileRow, FileSearch, FoundFile, SearchPlace } from './files.js';
import type { Page, RefusedItem } from './pages.js';
import type { IssuedTicket } from './peers.js';

export interface FileMethods {
  /** NO_SUCH_GROUP, NOT_A_MEMBER. */
  listFiles: { params: { groupId: string; after?: string }; result: Page<FileRow> };
  /**
   * From now on, until the session ends, this session is told when the list of files has changed.
   * NO_SUCH_GROUP, NOT_A_MEMBER, LIMIT_REACHED (too many groups).
   */
  followFiles: { params: { groupId: string }; result: Record<string, never> };
  /** Ends that; nothing when there is none. */
  unfollowFiles: { params: { groupId: string }; result: Record<string, never> };
  /**
   * Files of the groups in which the user is, group after group, the newest of each first. There may be
   * none in an answer that says where to go on. NO_SUCH_GROUP, NOT_A_MEMBER of a group that is named,
   * LIMIT_REACHED.
   */
  search: {
    params: FileSearch & { after?: SearchPlace };
    result: { items: readonly FoundFile[]; next?: SearchPlace };
  };
  /** NO_SUCH_GROUP, NOT_A_MEMBER, NO_SUCH_FILE. */
  fileInfo: {
    params: { groupId: string; name: string };
    result: FileRow & { descriptionBytes: number };
  };
  /**
   * `fileInfo` for many names at once, with everything a download begins with: the description
   * when it is at most DESCRIPTION_IN_LIST_BYTES (of a file alone: DESCRIPTION_SLICE_BYTES), and, when asked for, some of the peers that
   * have the file now (without `watch`, so that nothing is pushed) and a ticket. One answer per
   * name, in order, as many as fit a frame and at least one. `known`: ids of contents whose description
   * the client has, so that it need not come. NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE (with `wantPeers`).
   */
  describeFiles: {
    params: {
      groupId: string;
      names: readonly string[];
      wantPeers: boolean;
      known?: readonly string[];
    };
    result: {
      files: readonly (DescribedFile | RefusedItem)[];
      ticket?: IssuedTicket;
    };
  };
  /** A slice of the canonical description; NOT_A_MEMBER unless the file is in that group. */
  getDescription: {
    params: { groupId: string; fileId: string; offset: number };
    result: { bytes: string };
  };
  /**
   * Stages a slice (base64) of a description that this session is about to share; slices come
   * in order, and one description is staged per session at a time (offset 0 starts a new one).
   */
  putDescription: {
    params: { fileId: string; offset: number; totalBytes: number; bytes: string };
    result: Record<string, never>;
  };
  /**
   * Shares a file of which this device has every byte, under a name. With `replace` the name
   * stands for this content from now on, whatever it stood for; only who shares that, or an
   * owner or admin of the group, may say so. A reader may share what a name stands for already.
   * NOT_A_MEMBER, READ_ONLY (a reader brings something new), QUOTA, NAME_TAKEN (other content under that name), REPLACED (a former version of what
   * the name stands for now), NO_DEVICE,
   * NEED_DESCRIPTION (unknown content, and neither staged nor given inline).
   */
  shareFile: {
    params: {
      groupId: string;
      name: string;
      fileId: string;
      description?: string;
      replace?: boolean;
    };
    /** `replaced` only to those who asked for it. */
    result: { outcome: 'created' | 'source-added' | 'already-shared' | 'replaced' };
  };
  /**
   * `shareFile` for many files at once, none of which needs staging: one answer per file, in
   * order; what is refused does not stop the others. With `announce`, a device that is online
   * offers them completely from then on. NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE.
   */
  shareFiles: {
    params: {
      groupId: string;
      files: readonly {
        name: string;
        fileId: string;
        description?: string;
        replace?: boolean;
      }[];
      announce: boolean;
    };
    result: {
      outcomes: readonly (FileMethods['shareFile']['result'] | RefusedItem)[];
    };
  };
  /** NOT_SHARED when this device does not share it. */
  stopShare: { params: { groupId: string; name: string }; result: { fileId: string } };
  /**
   * `stopShare` for many names at once: one answer per name, in order; one that this device does not share does not
   * stop the others. NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE.
   */
  stopShares: {
    params: { groupId: string; names: readonly string[] };
    result: { outcomes: readonly (FileMethods['stopShare']['result'] | RefusedItem)[] };
  };
  /**
   * Has the history of the group tell that a guest takes a file by a link of the user, before the first byte goes out.
   * NO_SUCH_GROUP, NOT_A_MEMBER, READ_ONLY for readers; NO_SUCH_FILE when the name does not stand for it (any more),
   * LIMIT_REACHED.
   */
  noteGuestDownload: {
    params: { groupId: string; name: string; fileId: string };
    result: Record<string, never>;
  };
}
