/**
 * Accepts peer connections in one transfer thread and keeps their upload sessions. Checks
 * tickets itself, on every connection; asks main for everything else.
 *
 *   starting → listening → closing → closed
 */
import type { KeyObject } from 'node:crypto';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { signReach, type ChallengeAnswer } from '../../net/challenge.js';
import { deviceIdOfCredentials } from '../../net/device-identity.js';
import { bug, PeerError, toStorageError, type P2pError } from '../../net/errors.js';
import { listenHost } from '../../net/listen-host.js';
import { networkOf } from '../../net/network-of.js';
import type { PeerFrame } from '../../net/peer-frames.js';
import {
  MAX_RELAY_MEETINGS,
  MAX_UNPROVEN_UPLOAD_SESSIONS,
  MAX_UPLOAD_SESSIONS,
  PEER_HANDSHAKE_TIMEOUT_MS,
} from '../../net/limits.js';
import { checkTicket, ticketPublicKey, type Ticket } from '../../net/ticket.js';
import { peerProtocols, serverTlsOptions } from '../../net/tls-identity.js';
import { uptimeMs } from '../../net/uptime.js';
import type { ListenerToMain, ListenTask, MainToListener } from '../messages/listener.js';
import { parkSocket } from '../dialling/parked-sockets.js';
import { WayLimiter } from '../dialling/way-limiter.js';
import { Answers } from './answers.js';
import { BufferShares } from './buffer-share.js';
import { remoteOf, type ProvenDialler } from './dialler-proof.js';
import { ProvenPlaces, type ProvenPlace } from './proven-places.js';
import { Relaying } from './relaying.js';
import { useSendBuffers } from './send-buffers.js';
import { UploadLanes } from './upload-lanes.js';
import { UnprovenPlaces, type UnprovenPlace } from './unproven-places.js';
import { UploadSession, type AnsweredCall, type UploadSessionHost } from './upload-session.js';

/**
 * Sockets at a time, with those that have lost their place and are on their way out. Node drops
 * further ones whoever they are from, so it must not come to that.
 */
const MAX_SOCKETS = MAX_UPLOAD_SESSIONS + 4 * MAX_UNPROVEN_UPLOAD_SESSIONS;
/** Besides those of whom this device relays. */
const MAX_RELAYED_SOCKETS = 2 * MAX_RELAY_MEETINGS;

type MeetFrame = Extract<PeerFrame, { type: 'meet' }>;

/** What the listener believes of the tracker; nobody is let in before it is known. */
interface Trust {
  readonly ticketKey: KeyObject;
  readonly clockOffsetMs: number;
}

export class Listener {
  readonly #task: ListenTask;
  readonly #sessions = new Map<number, UploadSession>();
  readonly #unproven = new UnprovenPlaces();
  readonly #proven = new ProvenPlaces();
  readonly #provenPlaces = new Map<UploadSession, ProvenPlace>();
  /** The groups of which something is shared here. */
  readonly #groups = new Set<string>();
  /** Sessions in which this device's key was shown: signing costs more than asking. */
  readonly #shown = new WeakSet<UploadSession>();
  /** Every connection, also those that have not finished their TLS handshake. */
  readonly #sockets = new Set<Socket>();
  /** By the far end, because a session under TLS has a socket of its own. */
  readonly #places = new Map<string, UnprovenPlace>();
  readonly #buffers = new BufferShares(useSendBuffers());
  readonly #lanes = new UploadLanes(() => performance.now());
  /** Calls of this device that may be answered → the device that was called. */
  readonly #expected = new Map<string, string>();
  readonly #answers: Answers;
  /** Undefined when this device does not relay. */
  readonly #relaying: Relaying | undefined;
  #trust: Trust | undefined;
  #nextSession = 1;

  constructor(task: ListenTask) {
    this.#task = task;
    const rate = task.transport === 'tls' ? task.relayRate : undefined;
    this.#relaying = rate && new Relaying({ rate, post: (message) => this.#post(message) });
    this.#answers = new Answers(task, (socket, answered) => this.#onDialled(socket, answered));
  }

  /** What a session has around it; `remoteAddress` is undefined of one that is met at a relay, wherever that is. */
  #hostFor(remoteAddress: string | undefined): UploadSessionHost {
    const { transport, credentials, rates } = this.#task;
    const limiter = new WayLimiter(rates, 'up');
    limiter.onConnected(remoteAddress);
    return {
      ...{ transport, limiter, scheduler: this.#lanes, buffers: this.#buffers },
      deviceId: deviceIdOfCredentials(credentials),
      nowMs: () => performance.now(),
      checkTicket: (bytes, deviceId) => this.#checkTicket(bytes, deviceId),
      proofOfReach: (session, nonce) => this.#proofOfReach(session, nonce),
      post: (message) => this.#post(message),
      onAnswer: (session, callId) => this.#onAnswer(session, callId),
      onMeet: (session, meet) => this.#onMeet(session, meet),
      onProven: (session, proven) => {
        this.#onProven(session, proven);
        limiter.onGroup(proven.ticket.groupId);
        this.#lanes.add(session.queue, proven.ticket.userId, limiter);
      },
      onEnded: (session) => {
        const place = this.#provenPlaces.get(session);
        if (place) this.#proven.leave(place);
        this.#provenPlaces.delete(session);
        this.#sessions.delete(session.id);
      },
    };
  }

  /**
   * Listens until main says `close`.
   * @throws PeerError ADDRESS_IN_USE or ADDRESS_UNAVAILABLE
   */
  async run(): Promise<void> {
    const closing = new Promise<void>((resolve) => {
      this.#task.port.on('message', (message: MainToListener) => {
        if (message.type === 'close') resolve();
        else this.#onMessage(message);
      });
    });
    try {
      const server = await this.#listen();
      await closing;
      await this.#answers.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const session of [...this.#sessions.values()]) session.end(undefined);
      // A handshake that never ends must not hold up the close.
      for (const socket of this.#sockets) socket.destroy();
      await closed;
    } finally {
      this.#relaying?.close();
      this.#task.port.close();
    }
  }

  async #listen(): Promise<Server> {
    const server =
      this.#task.transport === 'tls'
        ? createTlsServer({
            ...serverTlsOptions(this.#task.credentials),
            ...peerProtocols,
            handshakeTimeout: PEER_HANDSHAKE_TIMEOUT_MS,
          })
        : createTcpServer({ noDelay: true });
    server.maxConnections = MAX_SOCKETS + (this.#relaying ? MAX_RELAYED_SOCKETS : 0);
    server.on('connection', (socket: Socket) => this.#onAccepted(socket));
    if (this.#task.transport === 'tls') {
      server.on('secureConnection', (socket: TLSSocket) => this.#onConnection(socket));
      server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
    } else {
      server.on('connection', (socket: Socket) => this.#onConnection(socket));
    }
    const { host, portNumber, reusePort } = this.#task;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(listenError(cause, host, portNumber)),
      );
      server.listen(
        { ...listenHost(host), port: portNumber, ...(reusePort ? { reusePort } : {}) },
        resolve,
      );
    });
    server.removeAllListeners('error');
    server.on('error', () => {
      // Accepting can fail later, for instance for want of file descriptors; the next may do.
    });
    const address = server.address();
    if (address === null || typeof address === 'string') bug('a server without a port');
    this.#post({ type: 'listening', address: { host: address.address, port: address.port } });
    return server;
  }

  /** A connection of TCP: from now on it holds a place, until it shows a ticket or ends. */
  #onAccepted(socket: Socket): void {
    const share = networkOf(socket.remoteAddress ?? 'unknown');
    const place = { share, evict: () => socket.destroy() };
    const remote = remoteOf(socket);
    this.#unproven.take(place);
    this.#sockets.add(socket);
    this.#places.set(remote, place);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#places.get(remote) === place) this.#places.delete(remote);
      this.#unproven.leave(place);
    });
  }

  /** Its handshake is over, if it has one. */
  #onConnection(socket: Socket): void {
    const session = new UploadSession(
      this.#nextSession++,
      socket,
      this.#hostFor(socket.remoteAddress),
    );
    this.#sessions.set(session.id, session);
  }

  /** A call is answered: this end greets there, and counts as accepted. */
  #onDialled(socket: Socket, answered: AnsweredCall | undefined): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // Without a call to name it is met at a relay, wherever that is.
    const host = this.#hostFor(answered && socket.remoteAddress);
    const origin = answered
      ? ({ way: 'called', ...answered } as const)
      : ({ way: 'relayed' } as const);
    const session = new UploadSession(this.#nextSession++, socket, host, origin);
    this.#sessions.set(session.id, session);
  }

  /** @throws PeerError PROTOCOL_VIOLATION */
  #onAnswer(session: UploadSession, callId: string): void {
    const { transport } = this.#task;
    if (transport !== 'tls' || this.#expected.get(callId) !== session.tlsDeviceId) {
      throw new PeerError('PROTOCOL_VIOLATION', 'nobody was called from here');
    }
    this.#expected.delete(callId);
    const socket = this.#takeFrom(session);
    if (parkSocket(callId, socket)) this.#post({ type: 'answered', callId });
    else socket.destroy();
  }

  /** @throws PeerError PROTOCOL_VIOLATION, or what is wrong with the ticket */
  #onMeet(session: UploadSession, { ticket: bytes, key, side }: MeetFrame): void {
    if (!this.#relaying) throw new PeerError('PROTOCOL_VIOLATION', 'nothing is relayed here');
    const ticket = this.#readTicket(bytes, session.tlsDeviceId);
    this.#relaying.onMeet(session.id, this.#takeFrom(session), { key, side }, ticket);
  }

  /** The connection of a session that ends, and that needs its place no more. */
  #takeFrom(session: UploadSession): TLSSocket {
    const unproven = this.#places.get(session.remote);
    if (unproven) this.#unproven.leave(unproven);
    return session.handOver() as TLSSocket;
  }

  /** @throws PeerError LIMIT_REACHED */
  #onProven(session: UploadSession, { deviceId, ticket }: ProvenDialler): void {
    const { userId } = ticket;
    const place: ProvenPlace = {
      userId,
      deviceId,
      get isIdle() {
        return session.isIdle;
      },
      end: (reason) => session.end(reason),
    };
    this.#proven.take(place);
    this.#provenPlaces.set(session, place);
    const unproven = this.#places.get(session.remote);
    if (unproven) this.#unproven.leave(unproven);
  }

  #onMessage(message: Exclude<MainToListener, { type: 'close' }>): void {
    switch (message.type) {
      case 'trust':
        this.#trust = {
          ticketKey: ticketPublicKey(message.ticketKey),
          clockOffsetMs: message.clockOffsetMs,
        };
        return;
      case 'group':
        if (message.isOffered) this.#groups.add(message.groupId);
        else this.#groups.delete(message.groupId);
        return;
      case 'opened': {
        const session = this.#sessions.get(message.session);
        if (session) session.onOpened(message.fileRef, message);
        else this.#postUnknown(message);
        return;
      }
      case 'refused':
      case 'withdraw':
        this.#sessions.get(message.session)?.onWithdrawn(message.fileRef, message.error.code);
        return;
      case 'have':
        for (const session of this.#sessions.values())
          session.onHave(message.groupId, message.fileId, message.pieces);
        return;
      case 'expect':
        if (message.isExpected) this.#expected.set(message.callId, message.deviceId);
        else this.#expected.delete(message.callId);
        return;
      case 'answer':
        this.#answers.go(message);
        return;
      case 'meeting':
        this.#relaying?.onJudged(message.session, message.isLetIn);
        return;
      case 'expel':
        this.#relaying?.expel(message.groupId, message.userIds);
        return;
      case 'drop':
        this.#sessions.get(message.session)?.end(message.error);
    }
  }

  #checkTicket(bytes: Uint8Array, deviceId: string): Ticket {
    const ticket = this.#readTicket(bytes, deviceId);
    // Whoever is in another group has nothing to look for here, and takes no place.
    if (this.#groups.has(ticket.groupId)) return ticket;
    throw new PeerError('NOT_SHARED', 'nothing of this group is shared here');
  }

  /** A genuine ticket of this device, of whatever group. @throws PeerError */
  #readTicket(bytes: Uint8Array, deviceId: string): Ticket {
    if (!this.#trust)
      throw new PeerError('BUSY', 'this peer is not connected to its tracker yet; try again');
    return checkTicket(bytes, {
      publicKey: this.#trust.ticketKey,
      deviceId,
      nowMs: uptimeMs() + this.#trust.clockOffsetMs,
    });
  }

  /** The tracker looks whether this device is where it says; under TLS the handshake tells. */
  #proofOfReach(session: UploadSession, nonce: Uint8Array): ChallengeAnswer {
    const { transport, credentials } = this.#task;
    if (transport === 'tls' || this.#shown.has(session)) {
      throw new PeerError('PROTOCOL_VIOLATION', 'a prove frame does not belong there');
    }
    this.#shown.add(session);
    return signReach(credentials, nonce);
  }

  /** A file for a session that has ended meanwhile. */
  #postUnknown({ session, fileRef }: { session: number; fileRef: number }): void {
    this.#post({ type: 'released', session, fileRef, sentBytes: 0 });
  }

  #post(message: ListenerToMain): void {
    this.#task.port.postMessage(message);
  }
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): P2pError {
  if (cause.code === 'EADDRINUSE') {
    return new PeerError(
      'ADDRESS_IN_USE',
      `${addressText(host, port)} is in use; choose another port, or end the program that uses it`,
    );
  }
  if (cause.code === 'EACCES') {
    return new PeerError(
      'ADDRESS_UNAVAILABLE',
      `port ${port} may not be used by this user; choose one above 1023`,
    );
  }
  const doing = `cannot listen on ${addressText(host, port)}`;
  const shortage = toStorageError(cause, doing);
  if (shortage.code === 'SYSTEM_LIMIT') return shortage;
  return new PeerError(
    'ADDRESS_UNAVAILABLE',
    `${doing} (${cause.code ?? cause.message}); choose an address of this machine`,
  );
}

function addressText(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
