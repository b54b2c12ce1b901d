/**
 * Who there is at a tracker under load: users with one device each, in groups, and the files of each
 * group. Plain data, which crosses to the processes that make the load. Pure.
 */
import type { DeviceCredentials } from '../../src/net/device-identity.js';

export interface LoadDevice extends DeviceCredentials {
  readonly userId: string;
  /** Resumes the login. */
  readonly token: string;
  readonly groupId: string;
  /** Its place among the members of the group. */
  readonly place: number;
}

export interface LoadFile {
  readonly name: string;
  readonly fileId: string;
  /** The canonical description, base64. */
  readonly description: string;
}

export interface LoadWorld {
  readonly devices: readonly LoadDevice[];
  /** The same ones in every group. */
  readonly files: readonly LoadFile[];
}

export const FILES_PER_GROUP = 50;
export const MEMBERS_PER_GROUP = 50;
/** Files that one device offers: swarms have as many devices in a full group. */
const FILES_PER_DEVICE = 8;

/** The files that the device at a place of its group offers. */
export function offeredAt(place: number): number[] {
  return Array.from({ length: FILES_PER_DEVICE }, (_, n) => (place * 7 + n * 3) % FILES_PER_GROUP);
}

/** An address of the loopback for each client, as clients come from many. */
export function addressOf(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}`;
}
