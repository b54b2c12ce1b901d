/**
 * The process that line-runner.ts gives command lines to. It loads the bundled program once and carries out one
 * line after the other, each with streams, variables, arguments and a working folder of its own, as a process of
 * its own would have them. A line has ended when nothing that it opened is open any more: until then its process
 * would not end either. What is open all the same is told with its answer.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { askForWaitingThreads } from '../../src/net/waiting-threads.js';
import { inPackage } from '../../src/net/package-root.js';
import { LayeredProgram } from '../../src/launch/layered-program.js';
import type * as program from '../../src/program.js';

/** A line to carry out. */
export interface Line {
  readonly args: readonly string[];
  readonly cwd: string;
  /** All variables that there are. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
}

/** How it ended. */
export interface Carried {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the end of the process has to close; mostly nothing. */
  readonly left: readonly string[];
}

const PROGRAM_FOLDER = inPackage('dist/bundle/');
const LOOK_AGAIN_MS = 1;
/** What one lets go of may be what holds the next. */
const COLLECTIONS = 20;

/** All that was written to one stream of a line. */
class Printed extends Writable {
  readonly #chunks: Buffer[] = [];

  constructor() {
    super({ decodeStrings: true });
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}

askForWaitingThreads(process.env);
const layers = new LayeredProgram(inPackage('dist/bundle/main/parts'), process.env);
const { run } = layers.run() as typeof program;
let stderrOfLine: Printed | undefined;

// Node prints them itself where it is told nothing else; they are what a line says, too.
process.on('warning', ({ name, message }) => {
  stderrOfLine?.write(`(node:${process.pid}) ${name}: ${message}\n`);
});
process.on('message', (line: Line) => {
  // What a line throws that it does not answer ends this process, as it would end its own.
  void carryOut(line).then((carried) => process.send!(carried));
});
process.on('disconnect', () => process.exit());
// Node makes these when they are first asked for; from then on they are open.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const [openBefore, filesBefore] = [openNow(), filesNow()];

async function carryOut({ args, cwd, env, input }: Line): Promise<Carried> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, inPackage('bin/p2p.js'), ...args];
  const [stdin, stdout, stderr] = [Readable.from([input]), new Printed(), new Printed()];
  stderrOfLine = stderr;
  const environment = { stdin, stdout, stderr, env: { ...process.env }, cwd };
  const status = await run(args, environment);
  while (beyond(openBefore, openNow()).length > 0) await pause();
  stdin.destroy();
  const left = await leftOpen();
  return { status, stdout: stdout.text, stderr: stderr.text, left };
}

/** Some things of Node's own bindings, as databases on Node 20, are given back when nobody can use them any more. */
async function leftOpen(): Promise<string[]> {
  for (let times = 0; times < COLLECTIONS; times++) {
    const left = beyond(filesBefore, filesNow());
    if (left.length === 0) break;
    globalThis.gc!();
    await pause();
  }
  return beyond(filesBefore, filesNow());
}

/** Keeps nothing alive itself: the way to line-runner.ts does. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS).unref());
}

/** The kinds of whatever keeps this process from its end. */
function openNow(): string[] {
  return process.getActiveResourcesInfo();
}

/**
 * What this process has open: files, sockets, pipes, the event loops of its threads. Not the files of the program,
 * which are the same for every line: a thread that is ended while it reads one leaves it open.
 */
function filesNow(): string[] {
  const files = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // That of the list itself.
      return [];
    }
  });
  return files.filter((file) => !file.startsWith(PROGRAM_FOLDER));
}

/** Those of `now` that were not there before, each as often as it came. */
function beyond(before: readonly string[], now: readonly string[]): string[] {
  const known = [...before];
  return now.filter((one) => {
    const place = known.indexOf(one);
    if (place !== -1) known.splice(place, 1);
    return place === -1;
  });
}
