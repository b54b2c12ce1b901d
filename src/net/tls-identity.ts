/**
 * TLS 1.3 with keys for names: the options of both ends, and the one function that says which
 * device is on the other side. Every connection must call `peerDeviceId` (or, towards a
 * tracker, `trackerIdentity`) before it believes anything it reads.
 *
 * `rejectUnauthorized` is off because no authority vouches for device certificates. The
 * handshake still proves that the other side holds the key of the certificate it shows.
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import { deviceIdOfPublicKey, type DeviceCredentials } from './device-identity.js';
import { PeerError } from './errors.js';

const sharedOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  // AES-128-GCM first: the fastest of the three wherever the processor has AES instructions.
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
  rejectUnauthorized: false,
} as const;

/** Reading this machine's list of authorities takes 40 ms, so only who may need it does. */
const NO_AUTHORITIES: string[] = [];

/** Options for `tls.createServer`: asks every client for its certificate, admits those without. */
export function serverTlsOptions(credentials: DeviceCredentials): TlsOptions {
  return {
    ...sharedOptions,
    key: credentials.keyPem,
    cert: credentials.certPem,
    ca: NO_AUTHORITIES,
    requestCert: true,
    honorCipherOrder: true,
    // No resumption: each connection proves its key anew, and links live long enough that a
    // saved handshake would not be felt.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** Says in the handshake (ALPN, RFC 7301) that FIND is understood; who does not know it ignores that. */
const FIND_PROTOCOL = 'p2p-peer-find';

/**
 * What both ends of a peer link add to their options, so that the dialler knows before its first frame what the other
 * end understands. A later version offers its own in front, and goes on offering this one.
 */
export const peerProtocols = { ALPNProtocols: [FIND_PROTOCOL] };

/** True when the other end of a peer link understands FIND, after the handshake. */
export function understandsFind(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === FIND_PROTOCOL;
}

/** Options for `tls.connect`; add host and port (and never `session`, see above). */
export function clientTlsOptions(credentials: DeviceCredentials): ConnectionOptions {
  return { ...vouchableTlsOptions(credentials), ca: NO_AUTHORITIES };
}

/** The same for a caller that only wants to see whose key the other side has. */
export function anonymousTlsOptions(): ConnectionOptions {
  return { ...sharedOptions, ca: NO_AUTHORITIES };
}

/** The same for a server that an authority may vouch for, see `trackerIdentity`. */
export function vouchableTlsOptions(credentials: DeviceCredentials): ConnectionOptions {
  return { ...sharedOptions, key: credentials.keyPem, cert: credentials.certPem };
}

/**
 * The id of the device on the other side, after the handshake.
 * @throws PeerError PEER_IDENTITY when it showed no certificate, or one that cannot be read
 */
export function peerDeviceId(socket: TLSSocket): string {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    throw new PeerError(
      'PEER_IDENTITY',
      'the other side showed no device certificate; it must run p2p with a device key',
    );
  }
  try {
    return deviceIdOfPublicKey(certificate.publicKey.export({ type: 'spki', format: 'der' }));
  } catch (cause) {
    throw new PeerError(
      'PEER_IDENTITY',
      'the other side showed a certificate whose key cannot be read; it must run p2p with a device key',
      { cause },
    );
  }
}

/** What a client learns of a tracker during the handshake. */
export interface TrackerIdentity {
  readonly deviceId: string;
  /**
   * True when an authority this machine trusts vouches for the certificate and for the very
   * host name that was dialled: then its key may change.
   */
  readonly isVouched: boolean;
  /** Why it is not vouched for: a short code of the TLS library, such as CERT_HAS_EXPIRED. */
  readonly flaw?: string;
}

/**
 * Who the tracker is, on the dialling side after `secureConnect`. Node has by then checked the
 * chain and, with `checkServerIdentity`, the name in `servername` or `host`; `authorized` is
 * true only if both held.
 * @throws PeerError PEER_IDENTITY
 */
export function trackerIdentity(socket: TLSSocket): TrackerIdentity {
  const deviceId = peerDeviceId(socket);
  if (socket.authorized) return { deviceId, isVouched: true };
  // A code, or the error of a name that does not match, whatever the types say.
  const flaw = socket.authorizationError as unknown as string | NodeJS.ErrnoException | null;
  const code = typeof flaw === 'string' ? flaw : flaw?.code;
  return { deviceId, isVouched: false, ...(code && { flaw: code }) };
}
