/** One session for small files in this very thread: its port at one end, a serving peer at the other. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createWriteCell } from '../../../src/net/write-count.js';
import t, { type Test } from 'tap';
import { createDeviceCredentials } from '../../../src/net/device-identity.js';
import { KiB, MAX_BLOCK_LENGTH, MAX_FILES_PER_SESSION, MiB } from '../../../src/net/limits.js';
import { PEER_PROTOCOL_VERSION } from '../../../src/net/limits.js';
import { createRates } from '../../../src/main/engine/client-rates.js';
import { ParcelSession } from '../../../src/workers/fetching/parcel-session.js';
import type {
  MainToParcel,
  ParcelFile,
  ParcelResult,
  ParcelToMain,
} from '../../../src/workers/messages/parcel.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { ServingPeer, type ServingEnd } from './serving-peer.js';
import { testFolder } from '../../fixtures/test-folder.js';

const WELCOME = {
  type: 'welcome',
  version: PEER_PROTOCOL_VERSION,
  maxRequests: 64,
  maxBlockLength: MAX_BLOCK_LENGTH,
} as const;
const WHOLE = Uint8Array.of(0b1000_0000);
const credentials = createDeviceCredentials();

const bytesOf = (number: number): Buffer => sampleBytes(3 * KiB + number, `file ${number}`);

/** A session for so many small files, and the peer that it dials. */
async function scene(t: Test, count: number, isSynced = false) {
  const folder = testFolder(t);
  const peer = await ServingPeer.start();
  const { port1, port2 } = new MessageChannel();
  const results: ParcelResult[] = [];
  const said: ParcelToMain[] = [];
  let heard = (): void => undefined;
  port1.on('message', (message: ParcelToMain) => {
    said.push(message);
    if (message.type === 'results') results.push(...message.results);
    heard();
  });
  const fileOf = (number: number): ParcelFile => {
    const bytes = bytesOf(number);
    const sha1 = createHash('sha1').update(bytes).digest();
    const path = join(folder, `${number}`);
    const fileId = number.toString(16).padStart(2, '0').repeat(32);
    return { number, fileId, size: bytes.length, sha1, path, partPath: `${path}.part` };
  };
  const writes = createWriteCell();
  const session = new ParcelSession({
    files: Array.from({ length: count }, (_, number) => fileOf(number)),
    ...{
      isSynced,
      syncsAtATime: 2,
      writes,
      port: port2,
      credentials,
      addresses: [peer.address],
      transport: 'tcp',
    },
    slotMemoryBytes: 4 * MiB,
    peerDeviceId: '5e'.repeat(32),
    ticket: Buffer.from('ticket'),
    blockLength: 2 * KiB,
    hasher: 'native',
    groupId: 'group',
    rates: createRates({}),
  });
  const accepting = peer.accept();
  const running = session.run();
  const end = await accepting;
  end.send({ type: 'challenge', nonce: new Uint8Array(32).fill(7) });
  await end.stream.nextOf('hello');
  const tell = (message: MainToParcel): void => port1.postMessage(message);
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (heard = resolve));
  };
  t.teardown(async () => {
    tell({ type: 'close' });
    await running;
    end.close();
    await peer.close();
  });
  const whole = (): number[] =>
    results.flatMap(({ number, stamp }) => (stamp ? [number] : [])).sort((a, b) => a - b);
  return { folder, end, results, said, fileOf, tell, until, whole };
}

/** Answers whatever is asked, until the connection ends; `spoilt` gets wrong bytes. */
async function serve(end: ServingEnd, spoilt?: number): Promise<void> {
  const open = new Map<number, number>();
  for (let frame = await end.stream.next(); frame; frame = await end.stream.next()) {
    if (frame.type === 'open') {
      open.set(frame.fileRef, Number.parseInt(frame.fileId.slice(0, 2), 16));
      end.send({ type: 'opened', fileRef: frame.fileRef, bits: WHOLE });
    }
    if (frame.type === 'close') open.delete(frame.fileRef);
    if (frame.type !== 'request') continue;
    const { fileRef, pieceIndex, offset, length } = frame;
    const number = open.get(fileRef)!;
    const bytes = Buffer.from(bytesOf(number).subarray(offset, offset + length));
    if (number === spoilt) bytes[0]! ^= 1;
    end.sendBlock({ fileRef, pieceIndex, offset }, bytes);
  }
}

for (const isSynced of [false, true]) {
  t.test(`files are made whole under their names${isSynced ? ', on the disk' : ''}`, async (t) => {
    const count = MAX_FILES_PER_SESSION + 5;
    const { folder, end, results, said, fileOf, tell, until, whole } = await scene(
      t,
      count - 1,
      isSynced,
    );
    end.send(WELCOME);
    void serve(end);
    tell({ type: 'fetch', files: [fileOf(count - 1)] });
    await until(() => results.length === count);
    t.same(
      whole(),
      Array.from({ length: count }, (_, number) => number),
    );
    t.equal(readdirSync(folder).length, count, 'and nothing else is there');
    for (const number of whole()) {
      t.ok(readFileSync(join(folder, `${number}`)).equals(bytesOf(number)));
    }
    t.match(said[0], { type: 'proven' });
  });
}

t.test('no more files are open than a peer allows, and each is closed', async (t) => {
  const { end, results, until } = await scene(t, MAX_FILES_PER_SESSION + 1);
  for (let fileRef = 0; fileRef < MAX_FILES_PER_SESSION; fileRef++) {
    t.match(await end.stream.next(), { type: 'open', fileRef });
  }
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 3, bits: WHOLE });
  t.match(await end.stream.next(), { type: 'request', fileRef: 3, offset: 0, length: 2 * KiB });
  t.match(await end.stream.next(), { type: 'request', fileRef: 3, offset: 2 * KiB });
  end.send({ type: 'refused', fileRef: 4, code: 'NO_SUCH_FILE' });
  t.match(await end.stream.next(), { type: 'open', fileRef: MAX_FILES_PER_SESSION });
  await until(() => results.length === 1);
  t.same(results, [{ number: 4, stamp: undefined }], 'the peer has forgotten the number itself');
  end.sendBlock({ fileRef: 3, pieceIndex: 0, offset: 0 }, bytesOf(3).subarray(0, 2 * KiB));
  end.sendBlock({ fileRef: 3, pieceIndex: 0, offset: 2 * KiB }, bytesOf(3).subarray(2 * KiB));
  t.match(await end.stream.next(), { type: 'close', fileRef: 3 });
});

t.test('what is not as it should be is left to others', async (t) => {
  const { folder, end, results, until, whole } = await scene(t, 4);
  writeFileSync(join(folder, '0'), 'mine');
  writeFileSync(join(folder, '1.part'), 'mine as well');
  end.send(WELCOME);
  void serve(end, 2);
  await until(() => results.length === 4);
  t.same(whole(), [3]);
  t.equal(readFileSync(join(folder, '0'), 'utf8'), 'mine');
  t.equal(readFileSync(join(folder, '1.part'), 'utf8'), 'mine as well');
  t.same(readdirSync(folder).sort(), ['0', '1.part', '3']);
});

t.test('a peer that takes back or lacks a file costs that file only', async (t) => {
  const { end, results, until, whole } = await scene(t, 3);
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 0, bits: Uint8Array.of(0) });
  end.send({ type: 'opened', fileRef: 1, bits: WHOLE });
  const first = await end.stream.nextOf('request');
  const second = await end.stream.nextOf('request');
  for (const { fileRef, pieceIndex, offset, length } of [first, second]) {
    end.send({ type: 'reject', fileRef, pieceIndex, offset, length, code: 'NOT_SHARED' });
  }
  end.send({ type: 'opened', fileRef: 2, bits: WHOLE });
  for (const part of [0, 2 * KiB]) {
    const { fileRef, pieceIndex } = await end.stream.nextOf('request');
    const bytes = bytesOf(2).subarray(part, part + 2 * KiB);
    end.sendBlock({ fileRef, pieceIndex, offset: part }, bytes);
  }
  await until(() => results.length === 3);
  t.same(whole(), [2]);
});

t.test('what is not wanted any more is answered at once, and dropped when it comes', async (t) => {
  const { folder, end, results, until, tell } = await scene(t, MAX_FILES_PER_SESSION + 1);
  end.send(WELCOME);
  tell({ type: 'give-up', numbers: [0, MAX_FILES_PER_SESSION] });
  await until(() => results.length === 2);
  t.same(results.map(({ number }) => number).sort(), [0, MAX_FILES_PER_SESSION]);
  end.send({ type: 'opened', fileRef: 0, bits: WHOLE });
  t.match(await end.stream.nextOf('close'), { fileRef: 0 });
  t.same(readdirSync(folder), []);
});

t.test('the end of a connection answers for every file', async (t) => {
  const { end, said, results, until } = await scene(t, 3);
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 0, bits: WHOLE });
  await end.stream.nextOf('request');
  end.close();
  await until(() => said.at(-1)?.type === 'ended');
  t.same(results.map(({ number }) => number).sort(), [0, 1, 2]);
  t.match(said.at(-1), { type: 'ended', error: { code: 'CONNECTION_LOST' } });
});

t.test('a peer that answers what it was not asked is left', async (t) => {
  const { end, said, until } = await scene(t, 1);
  end.send(WELCOME);
  end.send({ type: 'opened', fileRef: 7, bits: WHOLE });
  await until(() => said.at(-1)?.type === 'ended');
  t.match(said.at(-1), { type: 'ended', error: { code: 'PROTOCOL_VIOLATION' } });
});

t.test('a peer that says what nobody asked for and delivers nothing is left', async (t) => {
  const { end, said, until } = await scene(t, 1);
  end.send(WELCOME);
  const open = await end.stream.nextOf('open');
  end.send({ type: 'opened', fileRef: open.fileRef, bits: WHOLE });
  const chatter = setInterval(() => {
    end.send({ type: 'have', fileRef: open.fileRef, pieceIndex: 0 });
  }, 100);
  t.teardown(() => clearInterval(chatter));
  await until(() => said.at(-1)?.type === 'ended');
  clearInterval(chatter);
  t.match(said.at(-1), { error: { code: 'TIMEOUT' } });
});
