/**
 * Who is online with what: which device is reachable where, on which connection, and which
 * files it offers. It is never stored; devices say it again after a restart.
 * Implementations are synchronous, so that a change is whole before anyone can look; one that
 * is shared by several trackers would keep a local copy and spread the changes behind it.
 */
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type { Wanted } from './draw.js';

/** The place of those who know of calls: they are told of devices that must be called, too. */
export const CALLERS = 'callers';

/** Where a device is reached: by whom depends on where they are. */
export interface ToldReach {
  /** Told to everybody, in the order in which they should be tried. */
  readonly addresses: readonly PeerAddress[];
  /**
   * Told besides to those who are seen at a place; of several that fit the last one counts, which
   * holds those before it. See reach/neighbourhood.ts. None in the list is empty. @default none
   */
  readonly nearby?: readonly { readonly to: string; readonly addresses: readonly PeerAddress[] }[];
  /** It was looked for and found nowhere, so that most can only call it. @default false */
  readonly isUnreached?: boolean;
}

/** A device as it goes online; others are told of it when there is an address to tell them. */
export interface DevicePresence extends ToldReach {
  readonly deviceId: string;
  readonly userId: string;
  /** It answers calls. @default false */
  readonly calls?: boolean;
}

export interface PresenceCounts {
  readonly devices: number;
  readonly announced: number;
}

export interface SwarmSize {
  readonly peers: number;
  /** Of those that others are told of, the ones that have every piece. */
  readonly complete: number;
  /** Devices that others are told of. */
  readonly reachable: number;
}

/** All of a content, or a part of it. */
export type Offered = 'whole' | 'part';

/** Told after the fact which device's offer of which content came, changed or went. */
export type PresenceListener = (groupId: string, fileId: string, deviceId: string) => void;

/** `Holder` is the connection that speaks for a device. */
export interface Presence<Holder extends object> {
  /**
   * Registers a device under a connection. The same connection may do so again with new
   * addresses and keeps what it announced; a new connection starts with nothing.
   * Returns the connection that spoke for the device before, when it was another one.
   */
  goOnline(device: DevicePresence, holder: Holder): Holder | undefined;
  /** The device turned out to be reachable at these addresses, for whoever holds it. */
  setAddresses(deviceId: string, reach: ToldReach): void;
  /** The connection that speaks for a device, if it is online. */
  holderOf(deviceId: string): Holder | undefined;
  /** Where somebody who is seen at the places is told that a device is. */
  addressesOf(deviceId: string, places: readonly string[]): readonly PeerAddress[];
  /** True when this connection speaks for the device now. */
  isHolder(deviceId: string, holder: Holder): boolean;
  /** Forgets the device, but only if this connection speaks for it. `hasLeft`: it said so. @default false */
  goOffline(deviceId: string, holder: Holder, hasLeft?: boolean): void;
  /** True of a device that was online, and went with its connection and without a word. */
  isLost(deviceId: string): boolean;
  /** Records what an online device offers; false when that is more than it may. */
  announce(deviceId: string, groupId: string, fileId: string, complete: boolean): boolean;
  /** Forgets one offer of one device. */
  withdraw(deviceId: string, groupId: string, fileId: string): void;
  /** Forgets all that a user's devices offer in a group. */
  withdrawUser(userId: string, groupId: string): void;
  /** Forgets every offer of a content in a group. */
  withdrawContent(groupId: string, fileId: string): void;
  /**
   * The offer of one device, as somebody is told who is seen at the `places`; undefined without one,
   * or while there is no address to tell.
   */
  peer(
    groupId: string,
    fileId: string,
    deviceId: string,
    places?: readonly string[],
  ): OnlinePeer | undefined;
  /** What a device has of a content that it offers; undefined when nobody is told of it. */
  offered(groupId: string, fileId: string, deviceId: string): Offered | undefined;
  /** Some of those who offer a content, at random; it costs what is drawn, however many they are. */
  draw(groupId: string, fileId: string, wanted: Wanted): OnlinePeer[];
  /** The connections of all who offer a content in a group. */
  holders(groupId: string, fileId: string): Iterable<Holder>;
  /** Devices that offer a content, how many of them have all of it, and how many can be reached. */
  swarmSize(groupId: string, fileId: string, places?: readonly string[]): SwarmSize;
  counts(): PresenceCounts;
}
