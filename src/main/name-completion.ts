/**
 * Names for the completion of the one-shot form: groups, files of a group, its members, who asks to join it, its links,
 * devices. Asks the client
 * that runs for this home, else the tracker, for a moment only: whoever presses the key waits for it.
 */
import { P2pError } from '../net/errors.js';
import { COMPLETION_WAIT_MS } from '../net/limits.js';
import { display } from '../net/display.js';
import { untilAborted } from '../net/until-aborted.js';
import type { EngineApi } from './api/engine-api.js';
import { wantedName, type WantedName } from './cli/completion.js';
import { engineOptionsOf } from './cli/engine-options.js';
import type { Parts } from './cli/process-context.js';
import { EngineHost } from './control/engine-host.js';
import { RemoteEngine } from './control/remote-engine.js';
import { openHome } from './home/home.js';

/** What may stand where the last of `words` stands; nothing when it cannot be had soon. */
export async function completeNames(
  words: readonly string[],
  { openEngine }: Parts,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const wanted = wantedName(words);
  if (wanted === undefined) return [];
  const signal = AbortSignal.timeout(COMPLETION_WAIT_MS);
  try {
    const home = await openHome(env, { isMade: false });
    const running = await RemoteEngine.connect(home, signal);
    if (running !== undefined) {
      try {
        return await namesFrom(running, wanted, signal);
      } finally {
        running.close();
      }
    }
    const engine = engineOptionsOf(home, { args: {}, options: {} });
    const onEvent = (): void => undefined;
    const host = await EngineHost.open({ openEngine, engine, isEngineStaying: false, onEvent });
    try {
      return await namesFrom(host.engine, wanted, signal);
    } finally {
      await host.close();
    }
  } catch (error) {
    if (error instanceof P2pError || signal.aborted) return [];
    throw error;
  }
}

async function namesFrom(
  engine: EngineApi,
  wanted: WantedName,
  signal: AbortSignal,
): Promise<string[]> {
  const names = await untilAborted(signal, allNames(engine, wanted));
  // A name that cannot be shown as it is must not reach the terminal through here either.
  return names.filter((name) => name.startsWith(wanted.begin) && display(name) === name).sort();
}

async function allNames(engine: EngineApi, { kind, groupId }: WantedName): Promise<string[]> {
  switch (kind) {
    case 'group':
      return [...(await engine.listGroups())];
    case 'file':
      return (await engine.listFiles(groupId)).map(({ name }) => name);
    case 'asking-user':
      return [...(await engine.listRequests(groupId))];
    case 'invite':
      return (await engine.invites(groupId)).map(({ inviteId }) => inviteId);
    case 'device':
      return (await engine.devices()).map(({ deviceId }) => deviceId);
    case 'member':
      return (await engine.listMembers(groupId)).map(({ userId }) => userId);
  }
}
