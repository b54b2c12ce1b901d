/** Links for guests, who have no program and no account: as the engine keeps them, and as whoever serves guests asks. */
import type { FolderTable } from '../../net/folder-entry.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FileStamp } from '../disk/file-stamp.js';

/** A link by which guests take one item of a group. */
export interface GuestLink {
  /** The hash of its secret, 64 hex digits. */
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  readonly isFolder: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** How many downloads it is good for; absent where nobody counts. */
  readonly downloads?: number;
  /** Downloads that were begun. */
  readonly taken: number;
  readonly hasPassword: boolean;
}

/** Where guests come in. */
export interface GatewayPlace {
  readonly host: string;
  readonly port: number;
  /** The SHA-256 of the certificate, if no authority vouches for it: hex digits in pairs. */
  readonly fingerprint?: string;
}

/** A link that was made just now: nobody is told its secret again. */
export interface MadeGuestLink {
  readonly link: GuestLink;
  readonly secret: string;
  readonly gateway: GatewayPlace;
}

/** What is behind a link that is good. */
export interface GuestItem extends GuestLink {
  readonly fileId: string;
}

/** Who asks for an item, and how. */
export interface Guest {
  /** The network of the guest's address, see net/network-of.ts. */
  readonly network: string;
  /** From somewhere behind the beginning on. */
  readonly isResuming: boolean;
}

/** The bytes of an item on this disk, with what tells later whether they still are the same. */
export type GuestContent =
  | { readonly kind: 'file'; readonly path: string; readonly stamp: FileStamp }
  | { readonly kind: 'folder'; readonly path: string; readonly stamps: FolderStamps };

/** What is in a folder, and how it is cut. */
export interface GuestFolder {
  readonly table: FolderTable;
  readonly pieceLength: number;
}

/** Whether a guest is let in: not when the link is not good any more, nor when the guest, or the link, was too often. */
export type Admission = 'admitted' | 'over' | 'too-often';

/** What whoever serves guests may ask of an engine. */
export interface GuestDoor {
  /** Guests come in there from now on, and links are made for that; undefined: nowhere any more. */
  openAt(place: GatewayPlace | undefined): void;
  /** What a guest of this network finds behind a secret; undefined when it is not good, or not any more. */
  find(secret: string, network: string): Promise<GuestItem | undefined>;
  /** Whether this is the password of a link. Rejects with BUSY when many are waiting. */
  isPassword(id: string, password: string): Promise<boolean>;
  /**
   * Begins a download: what counts is counted on the disk and noted in the history of the group before this resolves.
   * Rejects with what the tracker refuses, or when it is away; then nothing is counted.
   */
  admit(id: string, guest: Guest): Promise<Admission>;
  /**
   * Whether the name in the group still stands for the item; if not, its link has ended. Rejects when the tracker
   * cannot be asked.
   */
  isCurrent(id: string): Promise<boolean>;
  /** Where the very item lies whole on this disk; undefined where it does not. */
  contentOf(id: string): Promise<GuestContent | undefined>;
  /** What a folder holds; undefined when the link has ended with that. Rejects when the tracker cannot be asked. */
  folderOf(id: string): Promise<GuestFolder | undefined>;
  /** Calls back with the id of each link that ends before its time; answers how to stop that. */
  onEnded(listener: (id: string) => void): () => void;
}
