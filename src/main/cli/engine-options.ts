/**
 * Turns what the user gave (`--host`, `--port`, `--announce`, `--up`, `--down`) into the options of an
 * engine. The edge where these words are checked; behind it they are numbers.
 */
import {
  type Given,
  isSwitchedOn,
  listOption,
  textOption,
  type OptionDefinition,
} from './command.js';
import { display } from '../../net/display.js';
import { UsageError } from '../../net/errors.js';
import {
  MAX_ADDRESSES_PER_DEVICE,
  MAX_BLOCK_LENGTH,
  MAX_DOWNLOADS_AT_ONCE,
  MAX_PIECE_LENGTH,
  MAX_SLOT_MEMORY_BYTES,
  MAX_THREADS,
  MIN_BLOCK_LENGTH,
  SLOT_MEMORY_BYTES,
} from '../../net/limits.js';
import { isEveryAddress } from '../../net/listen-host.js';
import type { HasherName } from '../../workers/messages/thread.js';
import {
  formatBytes,
  parseAddress,
  parseCount,
  parseHost,
  parsePort,
  parseRate,
  parseSize,
} from '../terminal/quantities.js';
import type { Home } from '../home/home.js';
import type { EngineOptions } from '../api/engine.js';

/** Serve on every address, of both families; the tracker then tells others the address that it sees. */
const DEFAULT_HOST = '::';

/** Options of commands that can move file bytes. */
export const rateOptions: readonly OptionDefinition[] = [
  {
    name: 'up',
    setting: 'common',
    placeholder: 'RATE',
    summary: 'most that is sent, e.g. 10MiB/s',
  },
  {
    name: 'down',
    setting: 'common',
    placeholder: 'RATE',
    summary: 'most that is received, e.g. 10MiB/s',
  },
  {
    name: 'background',
    setting: 'common',
    summary: 'let others on your line go before: slow down when it fills',
  },
  {
    name: 'lan-limit',
    setting: 'common',
    placeholder: 'RATE',
    summary:
      'most that goes each way in your own network, where --up and --down do not count then (or none)',
  },
];

/** The option of whatever downloads several files. */
export const queueOptions: readonly OptionDefinition[] = [
  {
    name: 'at-once',
    setting: 'common',
    placeholder: 'N',
    summary: 'so many downloads at a time, the others wait in line (default: 8)',
  },
];

/** The option of whatever serves pieces behind something that hides where. */
export const announceOptions: readonly OptionDefinition[] = [
  {
    name: 'announce',
    setting: 'common',
    variable: 'P2P_ANNOUNCE',
    placeholder: 'HOST:PORT',
    summary: 'where others reach this client besides, may be repeated (or P2P_ANNOUNCE)',
    isRepeated: true,
  },
];

/** The option of whatever finds peers in its own network, and is found there. */
export const networkOptions: readonly OptionDefinition[] = [
  {
    name: 'no-lan',
    setting: 'common',
    summary: 'look for nobody in this network without the tracker',
  },
  {
    name: 'no-map',
    setting: 'common',
    summary: 'ask no router to pass connections on to this client',
  },
];

/** Options of one-shot commands that serve pieces. */
export const listenOptions: readonly OptionDefinition[] = [
  {
    name: 'host',
    setting: 'common',
    placeholder: 'HOST',
    summary: 'address to serve pieces on, may be repeated (default: all)',
    isRepeated: true,
  },
  {
    name: 'port',
    setting: 'common',
    placeholder: 'PORT',
    summary: 'port to serve pieces on (default: any free one)',
  },
  ...announceOptions,
  ...networkOptions,
];

/** The option of commands that meet peers. */
export const transportOptions: readonly OptionDefinition[] = [
  {
    name: 'peer-transport',
    setting: 'common',
    variable: 'P2P_PEER_TRANSPORT',
    placeholder: 'tls',
    choices: ['tls'],
    summary: 'refuse peers that do not encrypt',
  },
];

/** What the user insists on: the option, else the environment. */
export function withPeerTransport(
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const wanted = env['P2P_PEER_TRANSPORT'];
  if (!wanted || given.options['peer-transport'] !== undefined) return given;
  return { ...given, options: { ...given.options, 'peer-transport': wanted } };
}

/** What the environment says where no option does. */
export function withSurroundings(
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  return withAnnounce(withPeerTransport(given, env), env);
}

/** Nothing but TLS can be insisted on: in the clear is the tracker's choice. */
export function peerTransportOf(given: Given): Pick<EngineOptions, 'peerTransport'> {
  const wanted = textOption(given, 'peer-transport');
  if (wanted === undefined) return {};
  if (wanted === 'tls') return { peerTransport: 'tls' };
  throw new UsageError(
    `--peer-transport ${display(wanted, 64)} cannot be asked for here; write tls, or leave it out`,
  );
}

/** Options for measuring and for unusual machines; each has a measured default. */
export const tuningOptions: readonly OptionDefinition[] = [
  {
    name: 'threads',
    setting: 'common',
    placeholder: 'N',
    summary: 'transfer threads (default: cores, at most 4)',
  },
  {
    name: 'hasher',
    setting: 'common',
    placeholder: 'ENGINE',
    choices: ['wasm', 'native', 'hash-wasm'],
    summary: 'SHA-1 by wasm (default), native, hash-wasm',
  },
  {
    name: 'block-length',
    setting: 'common',
    placeholder: 'SIZE',
    summary: 'bytes per request (default: 512KiB)',
  },
  {
    name: 'pipeline',
    setting: 'common',
    placeholder: 'SIZE',
    summary: 'least bytes requested ahead (default: 2MiB)',
  },
  {
    name: 'durability',
    setting: 'common',
    placeholder: 'WHERE',
    choices: ['disk', 'cache'],
    summary: 'a download is complete once it is on the disk (default), or in the cache',
  },
  {
    name: 'slot-memory',
    setting: 'common',
    placeholder: 'SIZE',
    summary: 'piece memory per thread (default: 64MiB)',
  },
];

const HASHERS: readonly HasherName[] = ['wasm', 'native', 'hash-wasm'];

/** What the user tuned; absent words are absent. */
export function tuningOf(
  given: Given,
): Pick<
  EngineOptions,
  'threads' | 'hasher' | 'durability' | 'blockLength' | 'pipelineBytes' | 'slotMemoryBytes'
> {
  const words = (name: string): string | undefined => textOption(given, name);
  const [threads, hasher] = [words('threads'), words('hasher')];
  const durability = words('durability');
  const [block, pipeline, slots] = [words('block-length'), words('pipeline'), words('slot-memory')];
  return {
    ...(threads && { threads: parseCount(threads, 'a number of threads', 1, MAX_THREADS) }),
    ...(hasher && { hasher: parseHasher(hasher) }),
    ...(durability !== undefined && { durability: parseDurability(durability) }),
    ...(block && { blockLength: sizeWithin(block, MIN_BLOCK_LENGTH, MAX_BLOCK_LENGTH) }),
    ...(pipeline && { pipelineBytes: sizeWithin(pipeline, MIN_BLOCK_LENGTH, SLOT_MEMORY_BYTES) }),
    ...(slots && {
      slotMemoryBytes: sizeWithin(slots, 2 * MAX_PIECE_LENGTH, MAX_SLOT_MEMORY_BYTES),
    }),
  };
}

function parseHasher(text: string): HasherName {
  const hasher = HASHERS.find((name) => name === text);
  if (hasher) return hasher;
  throw new UsageError(
    `there is no SHA-1 engine "${display(text, 64)}"; choose ${HASHERS.join(', ')}`,
  );
}

function parseDurability(text: string): 'disk' | 'cache' {
  if (text === 'disk' || text === 'cache') return text;
  throw new UsageError(
    `a file can count as downloaded on the disk or in the cache, not in "${display(text, 64)}"; write disk or cache`,
  );
}

function sizeWithin(text: string, least: number, most: number): number {
  const bytes = parseSize(text);
  if (bytes >= least && bytes <= most) return bytes;
  throw new UsageError(
    `${display(text, 64)} is out of bounds; choose ${formatBytes(least)} to ${formatBytes(most)}`,
  );
}

/** The limits of an engine; absent ones are absent, as the engine wants it. */
export function ratesOf(
  given: Given,
): Pick<
  EngineOptions,
  'upBytesPerSecond' | 'downBytesPerSecond' | 'lanBytesPerSecond' | 'isBackground'
> {
  const up = textOption(given, 'up');
  const down = textOption(given, 'down');
  const lan = textOption(given, 'lan-limit');
  return {
    ...(up === undefined ? {} : { upBytesPerSecond: parseRate(up) }),
    ...(down === undefined ? {} : { downBytesPerSecond: parseRate(down) }),
    ...(isSwitchedOn(given, 'background') && { isBackground: true }),
    ...(lan === undefined
      ? {}
      : { lanBytesPerSecond: lan === 'none' ? 'unlimited' : parseRate(lan) }),
  };
}

/** How many downloads fetch at a time. */
export function atOnceOf(given: Given): Pick<EngineOptions, 'atOnce'> {
  const atOnce = textOption(given, 'at-once');
  if (atOnce === undefined) return {};
  return { atOnce: parseCount(atOnce, 'a number of downloads', 1, MAX_DOWNLOADS_AT_ONCE) };
}

/** What is relayed between members. */
export function relayOf(given: Given): Pick<EngineOptions, 'relayBytesPerSecond'> {
  const relay = textOption(given, 'relay');
  return relay === undefined ? {} : { relayBytesPerSecond: parseRate(relay) };
}

/** The options of an engine that serves pieces and remembers who is logged in. */
export function engineOptionsOf(home: Home, given: Given): EngineOptions {
  const [host = DEFAULT_HOST, ...furtherHosts] = listOption(given, 'host').map(parseHost);
  const listen = { host, port: parsePort(textOption(given, 'port') ?? '0') };
  const amounts = { ...ratesOf(given), ...atOnceOf(given), ...tuningOf(given) };
  const where = { ...announceOf(given), ...networkOf(given) };
  return {
    home,
    listen,
    furtherHosts,
    ...where,
    ...amounts,
    ...peerTransportOf(given),
    remember: true,
  };
}

/** In which ways, besides the tracker, others are found. */
export function networkOf(given: Given): Pick<EngineOptions, 'isInLan' | 'isMapped'> {
  return { isInLan: !isSwitchedOn(given, 'no-lan'), isMapped: !isSwitchedOn(given, 'no-map') };
}

/** What the user says others reach. */
export function announceOf(given: Given): Pick<EngineOptions, 'announce'> {
  const announce = listOption(given, 'announce').map(parseAddress);
  if (announce.length > MAX_ADDRESSES_PER_DEVICE) {
    throw new UsageError(`--announce may be given ${MAX_ADDRESSES_PER_DEVICE} times at most`);
  }
  for (const { host, port } of announce) {
    if (port !== 0 && !isEveryAddress(host)) continue;
    throw new UsageError('--announce wants an address and a port that others can dial');
  }
  return { announce };
}

/** What is announced: the options, else the environment, parted by commas. */
export function withAnnounce(
  given: Given,
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const wanted = env['P2P_ANNOUNCE'];
  if (!wanted || listOption(given, 'announce').length > 0) return given;
  const announce = wanted.split(',').map((text) => text.trim());
  return { ...given, lists: { ...given.lists, announce } };
}
