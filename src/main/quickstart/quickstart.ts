/**
 * Shows the whole product on this machine, step by step, with the very commands that a user
 * would type: a tracker, peers that share a file with a group, a newcomer who joins and
 * downloads it from all of them. Everything is real and lives in one temporary folder; nothing
 * of it is left afterwards.
 */
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StorageError } from '../../net/errors.js';
import type { PeerTransport } from '../../net/tracker-api.js';
import type { ChildProcesses, ChildSetup } from './child-processes.js';
import { formatBytes } from '../terminal/quantities.js';
import { areSameBytes, writeSampleFile } from './sample-file.js';
import { quoteShellWord } from '../terminal/shell-words.js';

const GROUP = 'friends';
/** Names for the first sharers; further ones are numbered. */
const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin'];
const NEWCOMER = 'zoe';

export interface QuickstartOptions {
  /** Absolute path of the file to share; without it one of `size` bytes is made. */
  readonly file?: string;
  readonly size: number;
  /** Peers that share the file. */
  readonly peerCount: number;
  readonly peerTransport: PeerTransport;
}

export interface QuickstartSurroundings {
  readonly folder: string;
  readonly children: ChildProcesses;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One walk through the product. */
export class Quickstart {
  readonly #options: QuickstartOptions;
  readonly #in: QuickstartSurroundings;
  readonly #password = randomBytes(12).toString('base64url');
  #stepCount = 0;
  #tracker = '';

  constructor(options: QuickstartOptions, surroundings: QuickstartSurroundings) {
    this.#options = options;
    this.#in = surroundings;
  }

  async run(): Promise<void> {
    const file = await this.#prepareFile();
    const sharers = sharerNames(this.#options.peerCount);
    await this.#startTracker();
    await this.#makeAccounts([...sharers, NEWCOMER]);
    await this.#makeGroup(sharers[0]!, [...sharers.slice(1), NEWCOMER]);
    await this.#share(file, sharers);
    await this.#download(file);
  }

  async #prepareFile(): Promise<string> {
    const { folder, signal } = this.#in;
    if (this.#options.file !== undefined) return this.#options.file;
    const file = join(folder, 'holiday-film.bin');
    this.#step(`Making a file of ${formatBytes(this.#options.size)} to share.`);
    await writeSampleFile(file, this.#options.size, signal);
    return file;
  }

  async #startTracker(): Promise<void> {
    this.#step('A tracker knows users, groups and who shares what. It never sees file bytes.');
    const transport = ['--peer-transport', this.#options.peerTransport];
    // Everybody here comes from one address.
    const accounts = ['--accounts-per-day', '100'];
    const start = ['tracker', '127.0.0.1', '0', ...transport, ...accounts];
    const line = await this.#start('tracker', start);
    const port = /:(\d+)\b/.exec(line)?.[1];
    if (port === undefined) throw new StorageError('IO_ERROR', `the tracker said "${line}"`);
    this.#tracker = `127.0.0.1:${port}`;
    this.#in.say(`     it listens on ${this.#tracker}; the others find it by P2P_TRACKER`);
  }

  async #makeAccounts(users: readonly string[]): Promise<void> {
    this.#step(
      'Everybody makes an account and logs in, each on a "machine" of their own (P2P_HOME).',
    );
    await Promise.all(
      users.map(async (user) => {
        await this.#run(user, ['create-user', user]);
        await this.#run(user, ['login', user]);
      }),
    );
  }

  async #makeGroup(owner: string, others: readonly string[]): Promise<void> {
    this.#step(`${owner} makes a group; the others ask to join, and ${owner} lets them in.`);
    await this.#run(owner, ['create-group', GROUP]);
    await Promise.all(others.map((user) => this.#run(user, ['join', GROUP])));
    const asking = await this.#run(owner, ['requests', GROUP]);
    for (const user of asking.trim().split('\n')) this.#in.say(`     ${user}`);
    for (const user of others) await this.#run(owner, ['accept', GROUP, user]);
  }

  async #share(file: string, sharers: readonly string[]): Promise<void> {
    const who = sharers.length === 1 ? 'One peer shares' : `${sharers.length} peers share`;
    this.#step(`${who} the same file with the group, and serve its pieces until stopped.`);
    const [first, ...others] = sharers;
    const shareAndServe = async (user: string): Promise<void> => {
      await this.#run(user, ['upload', file, GROUP]);
      await this.#start(user, ['serve', '--host', '127.0.0.1']);
    };
    // The first one makes the name known; the others become further sources of it.
    await shareAndServe(first!);
    await Promise.all(others.map(shareAndServe));
  }

  async #download(file: string): Promise<void> {
    const { folder, children, signal, say } = this.#in;
    this.#step(`${NEWCOMER} looks what there is and downloads it from all of them at once.`);
    const listed = await this.#run(NEWCOMER, ['files', GROUP]);
    say(`     ${listed.trim().replaceAll('\t', '  ')}`);
    const destination = join(folder, 'downloads', basename(file));
    const args = ['download', GROUP, basename(file), destination, '--host', '127.0.0.1'];
    this.#sayCommand(NEWCOMER, args);
    await children.runInView(this.#setup(NEWCOMER, args));
    this.#step('Comparing the two files byte by byte.');
    if (!(await areSameBytes(file, destination, signal))) {
      throw new StorageError('VERIFICATION_FAILED', 'the download differs from the original');
    }
    const { size } = await stat(destination);
    say(`     identical: ${formatBytes(size)}`);
  }

  #step(text: string): void {
    this.#stepCount += 1;
    this.#in.say(`${this.#stepCount}. ${text}`);
  }

  #run(user: string, args: readonly string[]): Promise<string> {
    this.#in.signal.throwIfAborted();
    this.#sayCommand(user, args);
    return this.#in.children.run(this.#setup(user, args));
  }

  #start(user: string, args: readonly string[]): Promise<string> {
    this.#in.signal.throwIfAborted();
    this.#sayCommand(user, args);
    return this.#in.children.start(this.#setup(user, args));
  }

  #setup(user: string, args: readonly string[]): ChildSetup {
    const env = {
      ...this.#in.env,
      P2P_HOME: join(this.#in.folder, `home-${user}`),
      // It shows how it is, and not how this machine has it.
      P2P_SYSTEM_CONFIG: '',
      P2P_PASSWORD: this.#password,
      P2P_TRACKER: this.#tracker,
    };
    return { args, env };
  }

  #sayCommand(user: string, args: readonly string[]): void {
    this.#in.say(`   ${user}$ p2p ${args.map(quoteShellWord).join(' ')}`);
  }
}

function sharerNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => NAMES[index] ?? `peer${index + 1}`);
}
