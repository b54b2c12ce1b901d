/**
 * What hooks hear of, as data, and how they hear it: by the environment and, where there is a file, by one more word,
 * its absolute path, which begins with no dash. Names that come from others stand nowhere else. Pure.
 */
import { display } from '../../net/display.js';
import type { HookName } from '../cli/setting-table.js';

interface OfDownload {
  readonly groupId: string;
  readonly fileName: string;
  /** Absolute. */
  readonly path: string;
  readonly size: number;
}

export type HookEvent =
  | (OfDownload & { readonly type: 'complete' })
  | (OfDownload & {
      readonly type: 'failed';
      readonly error: { readonly code: string; readonly message: string };
    })
  | { readonly type: 'request'; readonly groupId: string; readonly userId: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Of our own variables a hook gets those with which it may call this program again; no password is among them. */
const PASSED: ReadonlySet<string> = new Set([
  ...['P2P_TRACKER', 'P2P_ANNOUNCE', 'P2P_PEER_TRANSPORT', 'P2P_SYSTEM_CONFIG'],
]);
const OWN = /^P2P_/i;

/** Which setting says what is run. */
export function hookNameOf({ type }: Pick<HookEvent, 'type'>): HookName {
  return `on-${type}`;
}

/** What it is about, for people. */
export function shownEvent(event: HookEvent): string {
  const what = event.type === 'request' ? event.userId : event.fileName;
  return `${hookNameOf(event)} of ${display(what)}`;
}

/** What follows the words of the command. */
export function furtherWords(event: HookEvent): string[] {
  return event.type === 'request' ? [] : [event.path];
}

/** The environment of a hook. */
export function hookEnvironment(
  event: HookEvent,
  env: Environment,
  homePath: string,
): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (!OWN.test(name) || PASSED.has(name))) passed[name] = value;
  }
  return { ...passed, P2P_HOME: homePath, ...factsOf(event) };
}

function factsOf(event: HookEvent): Record<string, string> {
  const { type, groupId } = event;
  const about = { P2P_EVENT: type, P2P_GROUP: groupId };
  if (type === 'request') return { ...about, P2P_USER: event.userId };
  const { fileName, path, size } = event;
  const file = { ...about, P2P_FILE: fileName, P2P_PATH: path, P2P_SIZE: String(size) };
  if (type === 'complete') return file;
  return { ...file, P2P_ERROR: event.error.code, P2P_MESSAGE: display(event.error.message) };
}
