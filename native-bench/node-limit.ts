/**
 * The limit program (limit.cpp) once more, on Node: how much of the machine's limit any program
 * on Node can reach. It takes the product's SHA-1 kernel and the product's way of a piece (read
 * into a slot, hashed in place four at a time, written from there), and nothing else: no tracker,
 * no encryption, no membership, no resuming, no frames.
 *
 *   node node-limit.js serve FILE                        prints {"port":N}, ends with its stdin
 *   node node-limit.js fetch PORT FILE SIZE PIECE_LENGTH CONNECTIONS HASHES
 *
 * A request is two numbers of 64 bits, little-endian: offset and length.
 */
import { once } from 'node:events';
import { openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { MiB } from '../src/net/limits.js';
import { createPieceHasher } from '../src/workers/hashing/create-piece-hasher.js';
import type { PieceHasher } from '../src/workers/hashing/piece-hasher.js';
import { KERNEL_RESERVED_BYTES } from '../src/workers/memory/kernel-layout.js';
import { createSlotMemory, type SlotMemory } from '../src/workers/memory/slot-memory.js';

const REQUEST_BYTES = 16;
const DIGEST_BYTES = 20;
/** One read of the file and one write to the socket. */
const SEND_BYTES = MiB / 2;
/** Bytes a socket may hold while more are read for it. */
const QUEUE_BYTES = MiB;
/** Pieces that a connection has asked for at any time; more were not faster. */
const PIECES_IN_FLIGHT = 4;

interface FetchOptions {
  readonly port: number;
  readonly fd: number;
  readonly size: number;
  readonly pieceLength: number;
  readonly hashes: Uint8Array;
  /** One counter: the next piece that nobody has asked for. */
  readonly nextPiece: Int32Array<SharedArrayBuffer>;
}

interface PieceInSlot {
  readonly index: number;
  readonly at: number;
  readonly length: number;
  received: number;
}

/** When a connection got its first byte and wrote its last one, on the clock of all threads. */
interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

function serve(path: string): void {
  const fd = openSync(path, 'r');
  const server = createServer({ noDelay: true }, (socket) => answer(socket, fd));
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
  });
  process.stdin.resume().on('end', () => process.exit());
}

function answer(socket: Socket, fd: number): void {
  const wanted: { offset: number; length: number }[] = [];
  const free: Buffer[] = [];
  let inbox = Buffer.alloc(0);
  const send = (): void => {
    for (let next = wanted[0]; next && socket.writableLength < QUEUE_BYTES; next = wanted[0]) {
      const buffer = free.pop() ?? Buffer.allocUnsafeSlow(SEND_BYTES);
      const count = readSync(fd, buffer, 0, Math.min(next.length, SEND_BYTES), next.offset);
      next.offset += count;
      next.length -= count;
      if (next.length === 0) wanted.shift();
      socket.write(buffer.subarray(0, count), () => free.push(buffer));
    }
  };
  socket.on('data', (chunk: Buffer) => {
    inbox = Buffer.concat([inbox, chunk]);
    for (; inbox.length >= REQUEST_BYTES; inbox = inbox.subarray(REQUEST_BYTES)) {
      const [offset, length] = [inbox.readBigUInt64LE(0), inbox.readBigUInt64LE(8)];
      wanted.push({ offset: Number(offset), length: Number(length) });
    }
    send();
  });
  socket.on('drain', send);
}

async function fetch([port, path, size, pieceLength, connections, hashes]: string[]) {
  const options: FetchOptions = {
    port: Number(port),
    fd: openSync(path!, 'w+'),
    size: Number(size),
    pieceLength: Number(pieceLength),
    hashes: readFileSync(hashes!),
    nextPiece: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
  };
  const spans = await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      const [span] = (await once(
        new Worker(new URL(import.meta.url), { workerData: options }),
        'message',
      )) as [Span];
      return span;
    }),
  );
  const first = Math.min(...spans.map(({ firstMs }) => firstMs));
  const last = Math.max(...spans.map(({ lastMs }) => lastMs));
  process.stdout.write(`${JSON.stringify({ steadyMs: last - first })}\n`);
}

/** One connection, in a thread of its own. */
class Connection {
  readonly #options: FetchOptions;
  readonly #hasher: PieceHasher;
  readonly #bytes: Buffer;
  readonly #digests: Uint8Array;
  readonly #freeSlots: number[];
  readonly #inFlight: PieceInSlot[] = [];
  readonly #complete: PieceInSlot[] = [];
  readonly #socket: Socket;
  #firstMs: number | undefined;

  private constructor(options: FetchOptions, hasher: PieceHasher, memory: SlotMemory) {
    this.#options = options;
    this.#hasher = hasher;
    this.#bytes = Buffer.from(memory.buffer);
    this.#digests = new Uint8Array(hasher.batch * DIGEST_BYTES);
    this.#freeSlots = slotsOf(options.pieceLength, hasher.batch);
    // The first read goes where `onread` says before anything is connected.
    const first = this.#nextRequests();
    this.#socket = connect({
      port: options.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: () => this.#nextBuffer(), callback: (count) => this.#onRead(count) },
    });
    this.#socket.write(first);
  }

  static async open(options: FetchOptions): Promise<void> {
    const slotCount = PIECES_IN_FLIGHT + 4;
    const memory = createSlotMemory(slotCount * options.pieceLength);
    new Connection(options, await createPieceHasher('wasm', memory), memory);
  }

  #nextRequests(): Buffer {
    const { nextPiece, size, pieceLength } = this.#options;
    const requests: Buffer[] = [];
    while (this.#inFlight.length < PIECES_IN_FLIGHT) {
      const at = this.#freeSlots.pop();
      if (at === undefined) break;
      const index = Atomics.add(nextPiece, 0, 1);
      const offset = index * pieceLength;
      if (offset >= size) break;
      const length = Math.min(pieceLength, size - offset);
      const request = Buffer.alloc(REQUEST_BYTES);
      request.writeBigUInt64LE(BigInt(offset), 0);
      request.writeBigUInt64LE(BigInt(length), 8);
      requests.push(request);
      this.#inFlight.push({ index, at, length, received: 0 });
    }
    return Buffer.concat(requests);
  }

  #nextBuffer(): Uint8Array {
    const piece = this.#inFlight[0];
    if (!piece) return Buffer.alloc(1);
    return this.#bytes.subarray(piece.at + piece.received, piece.at + piece.length);
  }

  #onRead(count: number): boolean {
    this.#firstMs ??= nowMs();
    const piece = this.#inFlight[0]!;
    piece.received += count;
    if (piece.received < piece.length) return true;
    this.#inFlight.shift();
    this.#complete.push(piece);
    this.#socket.write(this.#nextRequests());
    const isLast = this.#inFlight.length === 0;
    if (this.#complete.length === this.#hasher.batch || isLast) this.#finishPieces();
    if (!isLast) return true;
    parentPort!.postMessage({ firstMs: this.#firstMs, lastMs: nowMs() } satisfies Span);
    this.#socket.destroy();
    return false;
  }

  #finishPieces(): void {
    const { hashes, fd, pieceLength } = this.#options;
    const pieces = this.#complete.splice(0);
    this.#hasher.sha1(pieces, this.#digests);
    for (const [position, { index, at, length }] of pieces.entries()) {
      const digest = this.#digests.subarray(DIGEST_BYTES * position, DIGEST_BYTES * (position + 1));
      const expected = hashes.subarray(DIGEST_BYTES * index, DIGEST_BYTES * (index + 1));
      if (Buffer.compare(digest, expected) !== 0) throw new Error(`piece ${index} does not match`);
      writeSync(fd, this.#bytes, at, length, index * pieceLength);
      this.#freeSlots.push(at);
    }
    this.#socket.write(this.#nextRequests());
  }
}

function slotsOf(pieceLength: number, batch: number): number[] {
  return Array.from(
    { length: PIECES_IN_FLIGHT + batch },
    (_, slot) => KERNEL_RESERVED_BYTES + slot * pieceLength,
  );
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

const [verb, ...words] = process.argv.slice(2);
if (!isMainThread) await Connection.open(workerData as FetchOptions);
else if (verb === 'serve') serve(words[0]!);
else await fetch(words);
