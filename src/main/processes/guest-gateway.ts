/** `serve --gateway`: where guests come in, and what they are shown. What lets them in is loaded only when it is wanted. */
import { resolve } from 'node:path';
import { UsageError } from '../../net/errors.js';
import { isEveryAddress } from '../../net/listen-host.js';
import { ownAddresses } from '../../net/own-addresses.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { textOption, type Given } from '../cli/command.js';
import type { ProcessContext } from '../cli/process-context.js';
import type { EngineHost } from '../control/engine-host.js';
import type { CertificateFiles } from '../gateway/gateway-certificate.js';
import { Spool } from '../home/spool.js';
import { parseAddress, parsePort } from '../terminal/quantities.js';
import { addressText } from '../tracker-link/address-text.js';
import type { Closable } from './figures-server.js';
import { renewOnHangUp } from './renewed-certificate.js';

/** Guests come from anywhere. */
const EVERYWHERE = '::';

/** Undefined when no guests are let in. @throws UsageError */
export function gatewayAddress(given: Given): PeerAddress | undefined {
  const text = textOption(given, 'gateway');
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? { host: EVERYWHERE, port: parsePort(text) } : parseAddress(text);
}

/** The certificate that is named, if one is. @throws UsageError */
export function gatewayFiles(given: Given): CertificateFiles | undefined {
  const [certPath, keyPath] = [textOption(given, 'tls-cert'), textOption(given, 'tls-key')];
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    throw new UsageError('--tls-cert and --tls-key belong together; give both or none');
  }
  if (textOption(given, 'gateway') === undefined) {
    throw new UsageError(
      '--tls-cert and --tls-key go with --gateway, which says where guests come in',
    );
  }
  return { certPath, keyPath };
}

/** Listens, and tells the engine where. @throws P2pError */
export async function startGateway(
  { engine, home }: EngineHost,
  address: PeerAddress,
  files: CertificateFiles | undefined,
  { environment, out, signal, isDebug }: ProcessContext,
): Promise<Closable> {
  const [{ GatewayServer }, { gatewayCertificate }] = await Promise.all([
    import('../gateway/gateway-server.js'),
    import('../gateway/gateway-certificate.js'),
  ]);
  const named = files && absolute(files, environment.cwd);
  const { credentials, fingerprint, name } = await gatewayCertificate(home, named);
  const server = await GatewayServer.listen(address, {
    ...{ engine, guests: engine.guests, spool: new Spool(home.spoolPath), credentials },
    onUnforeseen: (error) => {
      const { stack } = error as { stack?: unknown };
      out.note(isDebug ? String(stack ?? error) : 'a guest asked for something that went wrong');
    },
  });
  const { port } = server.address;
  const host = isEveryAddress(address.host) ? (name ?? ownHost()) : address.host;
  engine.guests.openAt({ host, port, ...(fingerprint !== undefined && { fingerprint }) });
  const proof = fingerprint === undefined ? '' : `; its certificate has the SHA-256 ${fingerprint}`;
  out.note(`guests come in at https://${addressText({ host, port })}${proof}`);
  const readAgain = async () => (await gatewayCertificate(home, named)).credentials;
  const stopHearing =
    named && renewOnHangUp(readAgain, (found) => server.show(found), { out, signal });
  return {
    close: async () => {
      stopHearing?.();
      engine.guests.openAt(undefined);
      await server.close();
    },
  };
}

function absolute({ certPath, keyPath }: CertificateFiles, cwd: string): CertificateFiles {
  return { certPath: resolve(cwd, certPath), keyPath: resolve(cwd, keyPath) };
}

/** An address of this machine that others may reach, of IPv4 if there is one. */
function ownHost(): string {
  const others = ownAddresses().filter(({ isInternal, host }) => !isInternal && !isLinkLocal(host));
  const found = others.find(({ host }) => !host.includes(':')) ?? others[0];
  return found?.host ?? '127.0.0.1';
}

function isLinkLocal(host: string): boolean {
  return /^fe[89ab]/i.test(host);
}
