/** `status`: what this client is doing, as `name: value` lines. */
import type { CommandContext } from '../cli/command.js';
import type { Status } from '../api/engine-api.js';
import { formatListening, formatBytes, formatRate } from '../terminal/quantities.js';

export async function run({ engine, out }: CommandContext): Promise<void> {
  const status = await engine.status();
  out.result(status, linesOf(status));
}

function linesOf(status: Status): string[] {
  const { tracker, isTrackerConnected, listening, peerTransport } = status;
  const required =
    status.requiredPeerTransport === undefined ? '' : ' (nothing but TLS is accepted)';
  const up = status.upBytesPerSecondLimit;
  const down = status.downBytesPerSecondLimit;
  return [
    `user: ${status.userId ?? 'nobody is logged in'}`,
    `tracker: ${tracker === undefined ? 'none' : `${tracker} (${isTrackerConnected ? 'connected' : 'not connected'})`}`,
    `tracker identity: ${identityText(status)}`,
    `device: ${status.deviceId}`,
    `serving on: ${listening === undefined ? 'nothing is served' : formatListening(listening)}`,
    `peer transport: ${peerTransport ?? 'unknown until the tracker is connected'}${required}`,
    `shared files: ${status.sharedFiles}`,
    `peers being served: ${status.uploadSessions}`,
    `running downloads: ${status.runningDownloads}`,
    `sent: ${formatBytes(status.sentBytes)}${up === undefined ? '' : ` (at most ${formatRate(up)})`}`,
    `received: ${formatBytes(status.receivedBytes)}${down === undefined ? '' : ` (at most ${formatRate(down)})`}`,
  ];
}

/** Says by what the tracker is known, for people. */
export function identityText({ trackerIdentity: known }: Pick<Status, 'trackerIdentity'>): string {
  if (known === undefined) return 'unknown until a tracker is met';
  return known.how === 'key'
    ? `SHA256:${known.id} (the only key that is accepted)`
    : 'an authority of this machine has to vouch for its name';
}
