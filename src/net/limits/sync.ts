/** Bounds of keeping a folder the same as a group. */
import { KiB } from './units.js';

/** Folders that one client keeps the same at a time. */
export const MAX_SYNCS = 16;
/** Groups whose files a client follows for those who listen; with `MAX_SYNCS` far fewer than a session may follow. */
export const MAX_FOLLOWED_GROUPS = 16;
/** What changes at the group, or in the folder, is gathered for so long before it is looked at as a whole. */
export const SYNC_GATHER_MS = 1_000;
/** A look at a folder that took long is followed by a pause of so many times as long. */
export const SYNC_LOOK_PAUSE_FACTOR = 10;
/** What is to be shared has to look the same twice, so far apart. */
export const SYNC_QUIET_MS = 3_000;
/** The folder is looked at as a whole so often, whatever the system tells of it. */
export const SYNC_RESCAN_MS = 60_000;
/** What failed is tried again after this long, or when it has changed. */
export const SYNC_RETRY_MS = 5 * 60_000;
/** The list of a group is asked for so often where the tracker tells of no changes. */
export const SYNC_UNTOLD_LIST_MS = 5 * 60_000;
/** Rows of a group's list that one sync has itself told in a second, on average, however often others change it. */
export const SYNC_ROWS_LISTED_PER_SECOND = 1_000;
/** A fetch of which so long almost nothing came yields when others wait. */
export const SYNC_SLOW_MS = 60_000;
/** What is almost nothing. */
export const SYNC_SLOW_BYTES_PER_SECOND = 1 * KiB;
/** Folders that the system is asked to watch for one sync. */
export const MAX_SYNC_WATCHES = 256;
/** Entries of a folder that is kept the same, without those inside of its folders. */
export const MAX_SYNC_ENTRIES = 100_000;
/** Items that are shared from such a folder at a time: each is hashed by all threads. */
export const MAX_SYNC_SHARES_AT_A_TIME = 2;
/** Looks at what is not at rest, before a sync that is to end gives it up. */
export const MAX_SYNC_SETTLING_LOOKS = 10;
/** While the tracker cannot be asked, it is tried so often. */
export const SYNC_TRACKER_RETRY_MS = 10_000;
/** Between two tellings of how far a sync is. */
export const SYNC_PROGRESS_INTERVAL_MS = 250;
/** Items under way that are told with it. */
export const MAX_SYNC_PARTS_TOLD = 16;
/** Lines about items that are left alone, in one run. */
export const MAX_SYNC_LEFT_TOLD = 20;
/** Bytes of the file that marks such a folder. */
export const MAX_SYNC_MARK_BYTES = 1 * KiB;
/** Files and folders of a group that are taken into such a folder. */
export const MAX_SYNC_GROUP_ITEMS = 50_000;
/** What has gone within this time counts with what is to go now. */
export const SYNC_GONE_WINDOW_MS = 60 * 60_000;
