/**
 * `events`: all that happens in the client that runs for this home, until that ends, or Ctrl-C, or an event comes
 * that nobody reads any more. For programs a line of JSON each; on a terminal a sentence. It holds nobody: a client
 * that is done does not wait for it, and what it does not read in time is left out, and counted.
 * With `--group` the files of these groups are followed too.
 */
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { display } from '../../net/display.js';
import { ExitStatus, TrackerError, UsageError } from '../../net/errors.js';
import { nearestName } from '../../net/nearest-name.js';
import { whenAborted } from '../../net/until-aborted.js';
import type { ClientEvent } from '../api/client-events.js';
import { isDetail } from '../api/detail-events.js';
import { EVENT_TYPES } from '../api/event-types.js';
import { listOption, type Given } from '../cli/command.js';
import { spokenIn } from '../cli/command-table.js';
import type { ProcessContext } from '../cli/process-context.js';
import { RemoteEngine } from '../control/remote-engine.js';
import { tellIfClientSlow } from '../control/slow-client.js';
import { openHome } from '../home/home.js';
import { ANSWER_VERSION } from '../terminal/answer-json.js';
import { EventWriter } from '../terminal/event-writer.js';
import { eventText } from '../terminal/event-json.js';
import { eventLine } from '../terminal/event-lines.js';
import { shownLine } from '../terminal/shown-line.js';

/** Of groups whose files are followed. */
const FILE_EVENTS: ReadonlySet<string> = new Set(['file-added', 'file-replaced', 'file-removed']);

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, out, signal, readerGone } = context;
  const { stdout } = environment;
  const isForPeople = stdout.isTTY === true && !out.isJson;
  const isWanted = filterOf(given, isForPeople);
  const home = await openHome(environment.env, { isMade: false });
  const facts = { title: 'events', isListener: true };
  const connecting = RemoteEngine.connect(home, signal, facts);
  const note = (line: string): void => out.note(line);
  const engine = await tellIfClientSlow(connecting, note);
  if (engine === undefined) throw nothingRuns();
  try {
    const say = spokenIn('one-shot');
    const forPeople = (event: ClientEvent): string => shownLine(eventLine(event, say));
    const news = new EventWriter<never>({ stdout, lineOf: isForPeople ? forPeople : eventText });
    engine.events((event, atMs) => {
      if (isWanted(event)) news.write(event, atMs);
    }, 'all');
    // Answered once it listens there: from then on nothing is missed.
    await tellIfClientSlow(engine.status(), note);
    const { ended } = await tellIfClientSlow(followFiles(engine, given, signal), note);
    const { pid } = engine;
    const answer = { version: ANSWER_VERSION, pid };
    if (isForPeople) out.note(`what the client of this home does (pid ${pid}); Ctrl-C ends this`);
    else stdout.write(`${eventText({ type: 'ready', answer }, context.nowMs())}\n`);
    const ends = [signal, readerGone, engine.ended].map((end) => whenAborted(end));
    // What ends with the client is no failure of what is followed.
    const refused = ended.catch((error: unknown) => {
      if (!engine.ended.aborted && !signal.aborted) throw error;
    });
    await Promise.race([...ends, refused]);
  } finally {
    engine.close();
  }
  return ExitStatus.ok;
}

/**
 * Has the files of the groups that are named followed, if events of them are wanted: resolves once nothing of them is
 * missed, with what rejects when one is followed no more. @throws P2pError
 */
async function followFiles(
  engine: RemoteEngine,
  given: Given,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<unknown> }> {
  const groups = [...new Set(listOption(given, 'group'))];
  const types = listOption(given, 'type');
  const areWanted = types.length === 0 || types.some((type) => FILE_EVENTS.has(type));
  if (!areWanted || groups.length === 0) return { ended: new Promise(() => undefined) };
  const following = groups.map((groupId) => {
    const listed = deferred<void>();
    const ended = engine.followFiles({ groupId, signal }, () => listed.resolve());
    leaveToWaiters(ended);
    return { listed: Promise.race([listed.promise, ended]), ended };
  });
  await Promise.all(following.map(({ listed }) => listed));
  return { ended: Promise.all(following.map(({ ended }) => ended)) };
}

/** @throws UsageError for an event that there is none of, or that comes of named groups alone */
function filterOf(given: Given, isForPeople: boolean): (event: ClientEvent) => boolean {
  const types = new Set(listOption(given, 'type'));
  const groups = new Set(listOption(given, 'group'));
  for (const type of types) {
    if (!EVENT_TYPES.includes(type)) throw noSuchType(type);
    if (FILE_EVENTS.has(type) && groups.size === 0) {
      throw new UsageError(`say with --group of which groups ${type} is wanted`);
    }
  }
  return (event) => {
    if (event.type === 'lost') return true;
    if (types.size > 0 && !types.has(event.type)) return false;
    // Nobody reads figures that fast, unless they have asked for them.
    if (isForPeople && types.size === 0 && isDetail(event) && event.type === 'progress')
      return false;
    return groups.size === 0 || ('groupId' in event && groups.has(event.groupId ?? ''));
  };
}

function noSuchType(type: string): UsageError {
  const near = nearestName(type, EVENT_TYPES);
  const rest = near === undefined ? 'docs/json.md has all of them' : `did you mean ${near}?`;
  return new UsageError(`there is no event "${display(type, 64)}"; ${rest}`);
}

function nothingRuns(): TrackerError {
  return new TrackerError(
    'CONNECTION_LOST',
    'no client runs for this home, so that nothing happens; `serve` or `up` starts one',
  );
}
