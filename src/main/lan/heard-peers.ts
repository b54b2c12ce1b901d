/**
 * Who has said in this network that it has which content, and at which addresses: those from which it
 * said so. Forgets who is silent, and where one is silent that is heard elsewhere. Pure; a steady clock is handed in.
 */
import { withoutZone } from '../../net/address-scope.js';
import {
  LAN_ANSWER_SPREAD_MS,
  LAN_NEWS_MS,
  LAN_PEER_LIFE_MS,
  MAX_LAN_ADDRESSES_PER_DEVICE,
  MAX_LAN_DEVICES_PER_FILE,
  MAX_LAN_DEVICES_PER_SOURCE,
} from '../../net/limits.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';

/** A content of a group. */
export interface GroupFile {
  readonly groupId: string;
  readonly fileId: string;
}

/** A device that says that it has it. */
export interface Claim extends GroupFile {
  readonly deviceId: string;
  readonly userId: string;
  readonly address: PeerAddress;
  readonly isComplete: boolean;
}

interface HeardDevice {
  readonly userId: string;
  isComplete: boolean;
  toldAtMs: number;
  /** When it was heard last at each, the one heard first first. */
  readonly addresses: Map<string, { readonly address: PeerAddress; atMs: number }>;
}

interface HeardFile extends GroupFile {
  readonly devices: Map<string, HeardDevice>;
}

/** What has changed about the devices that have a content. */
export interface HeardChange extends GroupFile {
  readonly online: readonly OnlinePeer[];
  readonly gone: readonly string[];
}

export class HeardPeers {
  readonly #files = new Map<string, HeardFile>();

  /** A device has answered; the change, if it is one. */
  onClaim(claim: Claim, nowMs: number): HeardChange | undefined {
    const { groupId, fileId, deviceId, userId, isComplete } = claim;
    const file = this.#fileOf(claim);
    const known = file.devices.get(deviceId);
    if (!known && !hasRoom(file, claim)) return undefined;
    const device = known ?? { userId, isComplete, toldAtMs: nowMs, addresses: new Map() };
    file.devices.set(deviceId, device);
    const isNews = known?.isComplete !== isComplete;
    device.isComplete = isComplete;
    const isElsewhere = hearAt(device, claim.address, nowMs);
    // Whoever was told may have heard since that it is elsewhere, and be wrong.
    const isOld = nowMs - device.toldAtMs >= LAN_NEWS_MS;
    if (!isNews && !isElsewhere && !isOld) return undefined;
    device.toldAtMs = nowMs;
    return { groupId, fileId, online: [peerOf(deviceId, device)], gone: [] };
  }

  /**
   * Time has passed: which devices are silent since too long, at some or all addresses. `askedEachMs`: how often it is
   * asked for a content just now; an address where two answers are missing that came from elsewhere was left.
   */
  forgetSilent(nowMs: number, askedEachMs: (file: GroupFile) => number): HeardChange[] {
    const changes: HeardChange[] = [];
    for (const { groupId, fileId, devices } of this.#files.values()) {
      const leftAfterMs = 2 * askedEachMs({ groupId, fileId }) + LAN_ANSWER_SPREAD_MS;
      const online: OnlinePeer[] = [];
      const gone: string[] = [];
      for (const [deviceId, device] of devices) {
        const before = device.addresses.size;
        const latestMs = Math.max(...[...device.addresses.values()].map(({ atMs }) => atMs));
        const isAnswered = nowMs - latestMs >= LAN_ANSWER_SPREAD_MS;
        for (const [key, { atMs }] of device.addresses) {
          const isLeft = isAnswered && latestMs - atMs >= leftAfterMs;
          if (isLeft || nowMs - atMs >= LAN_PEER_LIFE_MS) device.addresses.delete(key);
        }
        if (device.addresses.size === 0) gone.push(deviceId);
        else if (device.addresses.size < before) online.push(peerOf(deviceId, device));
      }
      for (const deviceId of gone) devices.delete(deviceId);
      if (online.length + gone.length > 0) changes.push({ groupId, fileId, online, gone });
    }
    return changes;
  }

  /** Who has a content, as far as was heard. */
  peersOf(file: GroupFile): OnlinePeer[] {
    const devices = this.#files.get(keyOf(file))?.devices ?? new Map<string, HeardDevice>();
    return [...devices].map(([deviceId, device]) => peerOf(deviceId, device));
  }

  /** True for an address at which somebody was heard. */
  hasHeard(address: PeerAddress): boolean {
    const key = addressKey(address);
    return [...this.#files.values()].some(({ devices }) =>
      [...devices.values()].some(({ addresses }) => addresses.has(key)),
    );
  }

  /** Nobody wants to know who has it any more. */
  forget(file: GroupFile): void {
    this.#files.delete(keyOf(file));
  }

  clear(): void {
    this.#files.clear();
  }

  #fileOf({ groupId, fileId }: GroupFile): HeardFile {
    const key = keyOf({ groupId, fileId });
    const file = this.#files.get(key) ?? { groupId, fileId, devices: new Map() };
    this.#files.set(key, file);
    return file;
  }
}

/** One key for a content of a group. */
export function keyOf({ groupId, fileId }: GroupFile): string {
  return `${fileId} ${groupId}`;
}

function hasRoom({ devices }: HeardFile, { address }: Claim): boolean {
  if (devices.size >= MAX_LAN_DEVICES_PER_FILE) return false;
  const there = [...devices.values()].filter(({ addresses }) =>
    [...addresses.values()].some((one) => one.address.host === address.host),
  );
  return there.length < MAX_LAN_DEVICES_PER_SOURCE;
}

/** Notes where it was heard; true when that is another place. */
function hearAt({ addresses }: HeardDevice, address: PeerAddress, nowMs: number): boolean {
  const key = addressKey(address);
  const known = addresses.get(key);
  if (known) known.atMs = nowMs;
  if (known || addresses.size >= MAX_LAN_ADDRESSES_PER_DEVICE) return false;
  addresses.set(key, { address, atMs: nowMs });
  return true;
}

function peerOf(deviceId: string, { userId, isComplete, addresses }: HeardDevice): OnlinePeer {
  const at = [...addresses.values()].map(({ address }) => address);
  return { deviceId, userId, addresses: at, complete: isComplete };
}

function addressKey({ host, port }: PeerAddress): string {
  return `${withoutZone(host)} ${port}`;
}
