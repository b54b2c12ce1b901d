/**
 * Runs hooks: some at a time, in the order in which they came. Owns those that run and those that wait. What a hook
 * says and how it fails goes to whoever listens, and nowhere else: nothing fails because a hook does.
 * Life: open → closing (none is begun) → closed.
 */
import { HOOK_TIME_LIMIT_MS } from '../../net/limits.js';
import { deferred, type Deferred } from '../../net/deferred.js';
import { crash, detach } from '../../net/detach.js';
import type { Later } from '../../net/later.js';
import { display } from '../../net/display.js';
import { formatDuration } from '../terminal/quantities.js';
import { shownEvent, type HookEvent } from './hook-event.js';
import { HookProcess, type HookEnd, type HookProcessOptions } from './hook-process.js';

/** Something to run; small while it waits. */
export type HookJob = Pick<HookProcessOptions, 'words' | 'cwd'> & {
  readonly event: HookEvent;
  /** Made when it is its turn. */
  readonly env: () => HookProcessOptions['env'];
};

export interface HookRunnerOptions {
  readonly atATime: number;
  /** Further ones are left out, and one line says how many. */
  readonly mayWait: number;
  /** Hears what hooks print. */
  readonly onLine: (line: string) => void;
  /** Hears what has failed, a line each. */
  readonly onFailure: (line: string) => void;
  /** @default the timers of this process */
  readonly later?: Later;
}

export class HookRunner {
  readonly #options: HookRunnerOptions;
  readonly #waiting: HookJob[] = [];
  readonly #running = new Set<HookProcess>();
  /** Whoever waits until nothing runs and waits any more. */
  #idle: Deferred<undefined> | undefined;
  /** Whoever waits until one more may wait. */
  #room: Deferred<undefined> | undefined;
  #isClosing = false;
  #leftOutCount = 0;

  constructor(options: HookRunnerOptions) {
    this.#options = options;
  }

  /** Runs it when it is its turn. */
  run(job: HookJob): void {
    if (this.#isClosing) return;
    if (this.#waiting.length >= this.#options.mayWait) return void this.#leftOutCount++;
    this.#waiting.push(job);
    this.#beginNext();
  }

  /** The same for who can wait until there is room. */
  async runInTurn(job: HookJob): Promise<void> {
    while (!this.#isClosing && this.#waiting.length >= this.#options.mayWait) {
      this.#room ??= deferred();
      await this.#room.promise;
    }
    this.run(job);
  }

  /** Resolves when nothing runs and waits. */
  async whenIdle(): Promise<void> {
    if (this.#running.size === 0 && this.#waiting.length === 0) return;
    this.#idle ??= deferred();
    await this.#idle.promise;
  }

  /** None begins any more; those that run are asked to end, and are ended a moment later. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      const left = this.#waiting.splice(0).length;
      if (left > 0) this.#options.onFailure(`${hooksWere(left)} not run: this client has ended`);
      this.#tellLeftOut();
      this.#onRoom();
      for (const one of this.#running) one.stop();
      this.#settleIdle();
    }
    await this.whenIdle();
  }

  /** This process ends however it likes: none of them outlives it. */
  readonly #onExit = (): void => {
    for (const one of this.#running) one.kill();
  };

  #beginNext(): void {
    while (this.#running.size < this.#options.atATime) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      this.#onRoom();
      // Not at each that begins, while as many more come.
      if (this.#waiting.length <= this.#options.mayWait / 2) this.#tellLeftOut();
      this.#begin(job);
    }
  }

  #begin({ event, env, ...job }: HookJob): void {
    const { onLine, onFailure, later } = this.#options;
    const shown = shownEvent(event);
    const run = new HookProcess({
      ...{ ...job, env: env() },
      onLine: (line) => onLine(`${shown}: ${display(line)}`),
      ...(later && { later }),
    });
    if (this.#running.size === 0) process.once('exit', this.#onExit);
    this.#running.add(run);
    detach(async () => {
      const why = failureOf(await run.ended);
      this.#running.delete(run);
      if (this.#running.size === 0) process.off('exit', this.#onExit);
      if (why !== undefined) onFailure(`${shown}: ${display(job.words[0])} ${why}`);
      this.#beginNext();
      this.#settleIdle();
    }, crash);
  }

  #tellLeftOut(): void {
    const left = this.#leftOutCount;
    if (left === 0) return;
    this.#leftOutCount = 0;
    const { mayWait, onFailure } = this.#options;
    onFailure(`${hooksWere(left)} left out: ${mayWait} waited already`);
  }

  #onRoom(): void {
    this.#room?.resolve(undefined);
    this.#room = undefined;
  }

  #settleIdle(): void {
    if (this.#running.size > 0 || this.#waiting.length > 0) return;
    this.#idle?.resolve(undefined);
    this.#idle = undefined;
  }
}

/** `1 hook was`, `2 hooks were`. */
export function hooksWere(hooks: number): string {
  return hooks === 1 ? '1 hook was' : `${hooks} hooks were`;
}

/** Undefined of one that went well. */
function failureOf(end: HookEnd): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.status === 0 ? undefined : `ended with status ${end.status}`;
    case 'killed':
      return `was ended by ${end.signal}`;
    case 'late':
      return `was ended, because it ran for ${formatDuration(HOOK_TIME_LIMIT_MS)}`;
    case 'stopped':
      return 'was ended with this client';
    case 'not-started':
      return `could not be run: ${end.reason}`;
  }
}
