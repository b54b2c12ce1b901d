/**
 * `serve --metrics`: where the figures of a client are answered, in the clear, and to whom. What makes them is loaded
 * only when they are wanted.
 */
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../net/errors.js';
import { isLoopback } from '../../net/figures/asked-host.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { isSwitchedOn, textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import type { EngineHost } from '../control/engine-host.js';
import { parseAddress, parsePort } from '../terminal/quantities.js';
import { addressText } from '../tracker-link/address-text.js';

const LOOPBACK = '127.0.0.1';

export interface Closable {
  close(): Promise<void>;
}

/** Undefined when none are wanted. @throws UsageError for an address that others reach, unless that was said as well */
export function figuresAddress(given: Given): PeerAddress | undefined {
  const text = textOption(given, 'metrics');
  const isOpen = isSwitchedOn(given, 'metrics-open');
  if (text === undefined) {
    if (!isOpen) return undefined;
    throw new UsageError('--metrics-open goes with --metrics, which says where');
  }
  const isPort = /^\d+$/.test(text);
  const { host, port } = isPort ? { host: LOOPBACK, port: parsePort(text) } : parseAddress(text);
  // It is no question of who answers for names here.
  const address = { host: host.toLowerCase() === 'localhost' ? LOOPBACK : host, port };
  if (isLoopback(address.host) || isOpen) return address;
  throw new UsageError(
    `others reach ${address.host}, and whoever does may read what --metrics tells; add --metrics-open if they may, or give the port alone`,
  );
}

/** Listens. @throws UsageError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE */
export async function startFigures(
  { engine, home }: EngineHost,
  { host, port }: PeerAddress,
  out: ProcessContext['out'],
): Promise<Closable> {
  const [{ ClientFigures }, { StatusServer }, { keptPage }] = await Promise.all([
    import('./client-figures.js'),
    import('../../net/figures/status-server.js'),
    import('../../net/figures/kept-page.js'),
  ]);
  const figures = new ClientFigures(engine, home.path);
  let at: AddressInfo | undefined;
  const server = new StatusServer({
    ...{ host, port },
    // A name may stand for it as well: what counts is where it listens.
    isForThisMachine: () => at === undefined || isLoopback(at.address),
    health: () => Promise.resolve(engine.isTrackerConnected ? 'ok' : 'not ready'),
    metricsPage: keptPage(
      () => figures.render(),
      () => performance.now(),
    ),
    onUnforeseen: (error) => out.note(`the figures cannot be told: ${String(error)}`),
  });
  const close = async (): Promise<void> => {
    await server.close();
    figures.close();
  };
  try {
    at = await server.listen();
    out.note(`figures on http://${addressText({ host: at.address, port: at.port })}/metrics`);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
