/** Whether a tracker of this key is at an address: one handshake, and nothing is said in it. */
import { connect } from 'node:tls';
import { anonymousTlsOptions, peerDeviceId } from '../../net/tls-identity.js';
import type { PeerAddress } from '../../net/tracker-api.js';

/** For an address of this machine, or of one that is near. */
const ANSWER_TIMEOUT_MS = 1_000;

/** True when whoever answers there in time shows the key of this device. */
export function showsKey({ host, port }: PeerAddress, deviceId: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...anonymousTlsOptions(), host, port });
    const end = (isShown: boolean): void => {
      socket.destroy();
      resolve(isShown);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => end(false));
    socket.once('error', () => end(false));
    socket.once('secureConnect', () => {
      try {
        end(peerDeviceId(socket) === deviceId);
      } catch {
        // It shows none.
        end(false);
      }
    });
  });
}
