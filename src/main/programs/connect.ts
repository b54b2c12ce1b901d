/** A program uses the client that runs for a home, in a process of its own. Owns no state. */
import { RemoteEngine } from '../control/remote-engine.js';
import { openHome } from '../home/home.js';
import { toldApi, type ToldApi } from './told-api.js';

export interface ConnectOptions {
  /** The home folder of the client. @default as for the command line: `P2P_HOME`, else the one of this user */
  readonly home?: string;
  /** What this program does, for who looks at the client. @default nothing */
  readonly title?: string;
  /** Ends the attempt; its reason is the error. */
  readonly signal?: AbortSignal;
}

/** A client that runs in another process. */
export interface ConnectedClient extends ToldApi {
  /** Of its process. */
  readonly pid: number;
  /** It goes on after this program. */
  readonly isEngineStaying: boolean;
  /** Aborted when the client has ended and none takes over; its reason is the error. */
  readonly ended: AbortSignal;
  /** Hangs up: what was asked for and is not done is taken back. Idempotent. */
  close(): Promise<void>;
}

/**
 * Undefined when no client runs for the home.
 * @throws P2pError HOME_IN_USE when it is halted, BAD_REQUEST or UNSUPPORTED_VERSION when it is of another protocol
 */
export async function connect(options: ConnectOptions = {}): Promise<ConnectedClient | undefined> {
  const { signal = new AbortController().signal, title } = options;
  const home = await openHome(homeEnvironment(options), { isMade: false });
  const remote = await RemoteEngine.connect(home, signal, {
    goesBy: 'protocol',
    ...(title !== undefined && { title }),
  });
  if (remote === undefined) return undefined;
  return {
    ...toldApi(remote),
    get pid() {
      return remote.pid;
    },
    get isEngineStaying() {
      return remote.isEngineStaying;
    },
    ended: remote.ended,
    close: async () => {
      remote.close();
      await remote.closed;
    },
  };
}

/** In which the home is found. */
export function homeEnvironment({ home }: Pick<ConnectOptions, 'home'>): typeof process.env {
  return home === undefined ? process.env : { ...process.env, P2P_HOME: home };
}
