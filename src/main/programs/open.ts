/**
 * A program has an engine in its own process. Commands of other terminals find it there as they find a client that
 * runs. Owns nothing: what is opened belongs to the one who opened it, until `close`.
 */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { EngineOptions } from '../api/engine.js';
import { EngineHost } from '../control/engine-host.js';
import { openEngine } from '../engine/engine.js';
import { openHome } from '../home/home.js';
import { homeEnvironment } from './connect.js';
import { toldApi, type ToldApi } from './told-api.js';

/** Where pieces are served unless it is said: on all addresses, at any free port. */
const ANYWHERE: PeerAddress = { host: '::', port: 0 };

/** What may be said of an engine; see EngineOptions for what each means. */
type Chosen =
  | ('tracker' | 'furtherTrackers' | 'furtherHosts' | 'announce' | 'isInLan' | 'isMapped')
  | ('relayBytesPerSecond' | 'peerTransport' | 'upBytesPerSecond' | 'downBytesPerSecond')
  | ('lanBytesPerSecond' | 'atOnce' | 'isBackground' | 'durability' | 'isScrubbing' | 'threads');

export interface OpenOptions extends Pick<EngineOptions, Chosen> {
  /** The home folder of the client. @default as for the command line: `P2P_HOME`, else the one of this user */
  readonly home?: string;
  /** Where pieces are served. @default all addresses of this machine, any free port */
  readonly listen?: PeerAddress;
  /** A login is kept in the home, for the next engine and for the command line. @default true */
  readonly remember?: boolean;
  /** Goes on with downloads that were left unfinished, and serves what was shared, with a login. @default true */
  readonly isStaying?: boolean;
}

/** An engine in this process. */
export interface OpenedClient extends ToldApi {
  /**
   * Takes the home and listens; from then on what is shared is served. Answers where. Rejects with HOME_IN_USE,
   * ADDRESS_IN_USE or ADDRESS_UNAVAILABLE. A download does without.
   */
  startServing(): Promise<PeerAddress>;
  /** Saves downloads, ends every connection and thread, gives up the home. Idempotent. */
  close(): Promise<void>;
}

/** Cheap: everything else happens when it is needed. @throws P2pError when there can be no such home */
export async function open(options: OpenOptions = {}): Promise<OpenedClient> {
  const { home, listen = ANYWHERE, remember = true, isStaying = true, ...chosen } = options;
  const opened = await openHome(homeEnvironment(home === undefined ? {} : { home }));
  const host = await EngineHost.open({
    openEngine,
    engine: { ...chosen, home: opened, listen, remember },
    isEngineStaying: isStaying,
    onEvent: () => undefined,
  });
  return {
    ...toldApi(host.engine),
    startServing: async () => {
      const address = await host.engine.startServing();
      await host.openControl();
      return address;
    },
    close: () => host.close(),
  };
}
