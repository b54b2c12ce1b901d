/**
 * The table of connections on which others download from this client, by the listener whose
 * thread has them, each with the files that it reads. Owns the descriptors that were handed to
 * them; decides nothing.
 *
 *   proven → told to end (opens nothing more) → closed (its thread knows no descriptor any more)
 */
import { trafficClassOf, type TrafficClass } from '../../net/traffic.js';
import type { WireError } from '../../net/errors.js';
import type { ListenerToMain, MainToListener } from '../../workers/messages/listener.js';
import type { ServedFile } from './file-quota.js';
import type { Offer } from './offers.js';

/** One thread's listener, as seen from here. */
export interface ListenerPort {
  post(message: MainToListener): void;
}

export type ProvenMessage = Extract<ListenerToMain, { type: 'proven' }>;

export interface UploadSession {
  readonly id: number;
  readonly listener: ListenerPort;
  readonly userId: string;
  readonly deviceId: string;
  readonly groupId: string;
  readonly incarnation: string;
  readonly remote: string;
  /** How this client came to it; absent when it has come. */
  readonly way: 'called' | 'relayed' | undefined;
  readonly traffic: TrafficClass;
  epoch: number;
  expiresAtMs: number;
  /** Files this session reads, by the number its peer gave them. */
  readonly files: Map<number, { readonly offer: Offer; readonly file: ServedFile }>;
  /** Told to end; until its thread says that it has, it opens nothing more. */
  isDropped: boolean;
}

export class UploadSessions {
  readonly #byListener = new Map<ListenerPort, Map<number, UploadSession>>();

  /** Clients; one may have several sessions. */
  get peerCount(): number {
    return new Set(this.all().map(({ deviceId }) => deviceId)).size;
  }

  /** All sessions as they are now; the table may change meanwhile. */
  all(): UploadSession[] {
    return [...this.#byListener.values()].flatMap((sessions) => [...sessions.values()]);
  }

  /** Those of one listener. */
  of(listener: ListenerPort): UploadSession[] {
    return [...(this.#byListener.get(listener)?.values() ?? [])];
  }

  ofGroup(groupId: string): UploadSession[] {
    return this.all().filter((session) => session.groupId === groupId);
  }

  /** Tells every listener that has sessions. */
  postAll(message: MainToListener): void {
    for (const [listener, sessions] of this.#byListener) {
      if (sessions.size > 0) listener.post(message);
    }
  }

  /** Tells every listener. */
  postToListeners(message: MainToListener): void {
    for (const listener of this.#byListener.keys()) listener.post(message);
  }

  addListener(listener: ListenerPort): void {
    this.#byListener.set(listener, new Map());
  }

  /** Forgets a listener that has settled: none of its sessions knows a descriptor any more. */
  removeListener(listener: ListenerPort): void {
    for (const session of this.#byListener.get(listener)?.values() ?? []) releaseFiles(session);
    this.#byListener.delete(listener);
  }

  find(listener: ListenerPort, id: number): UploadSession | undefined {
    return this.#byListener.get(listener)?.get(id);
  }

  /** False for one that has closed, or whose listener is gone. */
  has(session: UploadSession): boolean {
    return this.find(session.listener, session.id) === session;
  }

  /** A session has shown a ticket, its first or a fresh one; undefined without its listener. */
  onProven(
    listener: ListenerPort,
    proven: ProvenMessage,
  ): { readonly session: UploadSession; readonly isNew: boolean } | undefined {
    const sessions = this.#byListener.get(listener);
    if (!sessions) return undefined;
    const { session: id, userId, deviceId, groupId, remote, epoch, expiresAtMs } = proven;
    const { incarnation, way } = proven;
    const known = sessions.get(id);
    if (known) {
      known.epoch = epoch;
      known.expiresAtMs = expiresAtMs;
      return { session: known, isNew: false };
    }
    const files: UploadSession['files'] = new Map();
    const ticket = { groupId, incarnation, epoch, expiresAtMs };
    const who = { userId, deviceId, remote, way };
    const traffic = trafficClassOf(hostOf(remote), way);
    const session = { id, listener, ...who, ...ticket, traffic, files, isDropped: false };
    sessions.set(id, session);
    return { session, isNew: true };
  }

  /** Its thread has ended it. Files whose `opened` crossed with that are let go as well. */
  close(session: UploadSession): void {
    releaseFiles(session);
    this.#byListener.get(session.listener)?.delete(session.id);
  }

  /** Tells a session to end, once. */
  drop(session: UploadSession, error: WireError): void {
    if (session.isDropped) return;
    session.isDropped = true;
    session.listener.post({ type: 'drop', session: session.id, error });
  }
}

/** Without the port. */
function hostOf(remote: string): string {
  return remote.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

function releaseFiles({ files }: UploadSession): void {
  for (const { file } of files.values()) file.release();
  // Whoever still knows the session must find nothing to look at.
  files.clear();
}
