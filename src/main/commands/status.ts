/** `status`: what this client is doing, as `name: value` lines. */
import type { CommandContext } from '../cli/command.js';
import type { QuotaUse } from '../../net/quota.js';
import type { Status } from '../api/engine-api.js';
import { reachLine } from '../terminal/reach-lines.js';
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
    `device: ${status.deviceId ?? 'unknown until a tracker is met'}`,
    `serving on: ${listening === undefined ? 'nothing is served' : formatListening(listening)}`,
    `reach: ${reachLine(status.reach)}`,
    `peer transport: ${peerTransport ?? 'unknown until the tracker is connected'}${required}`,
    `shared files: ${sharedText(status)}`,
    ...quotaLines(status),
    `peers being served: ${status.uploadSessions}`,
    ...relayLines(status),
    ...backgroundLines(status),
    `running downloads: ${status.runningDownloads}`,
    `sent: ${formatBytes(status.sentBytes)}${limitText(status, up)}`,
    `received: ${formatBytes(status.receivedBytes)}${limitText(status, down)}`,
  ];
}

/** Only transfers that give way have such a line. */
function backgroundLines({ background }: Status): string[] {
  if (!background) return [];
  const { upBytesPerSecond: up, downBytesPerSecond: down } = background;
  return [`in the background: at most ${formatRate(up)} up and ${formatRate(down)} down just now`];
}

/** ` (at most 1 MiB/s, in your own network 10 MiB/s)`; nothing where nothing is limited. */
function limitText({ lanBytesPerSecondLimit: lan }: Status, limit: number | undefined): string {
  if (limit === undefined && typeof lan !== 'number') return '';
  const all = limit === undefined ? 'without a limit' : `at most ${formatRate(limit)}`;
  if (lan === undefined) return ` (${all})`;
  const near = lan === 'unlimited' ? 'without one' : `at most ${formatRate(lan)}`;
  return ` (${all}, in your own network ${near})`;
}

/** Only who relays, or meant to, has such a line. */
function relayLines({ relay, peerTransport }: Status): string[] {
  if (!relay) return [];
  const { bytesPerSecondLimit, meetings, bytes } = relay;
  if (peerTransport === 'tcp') return ['relaying: nothing, because peers do not encrypt here'];
  const pairs = meetings === 1 ? '1 pair' : `${meetings} pairs`;
  return [
    `relaying: ${pairs} of members, ${formatBytes(bytes)} so far (at most ${formatRate(bytesPerSecondLimit)})`,
  ];
}

/** Nothing where nothing is bounded but by the limits of every tracker. */
function quotaLines({ quotas }: Status): string[] {
  const { user = {}, groups = [] } = quotas ?? {};
  return [
    ...(Object.keys(user).length === 0 ? [] : [`quota: ${quotaText(user)}`]),
    ...groups.map(({ groupId, ...use }) => `quota of ${groupId}: ${quotaText(use)}`),
  ];
}

function quotaText({ files, bytes, members }: QuotaUse): string {
  return [
    ...(files === undefined ? [] : [`${files.used} of ${files.allowed} files`]),
    ...(bytes === undefined
      ? []
      : [`${formatBytes(bytes.used)} of ${formatBytes(bytes.allowed)} of descriptions`]),
    ...(members === undefined ? [] : [`${members.used} of ${members.allowed} members`]),
  ].join(', ');
}

/** What is shared counts for nothing while nobody serves it. */
function sharedText({ sharedFiles, shares, listening }: Status): string {
  if (shares === undefined) return `${sharedFiles} served; what else is shared cannot be told`;
  if (shares <= sharedFiles) return String(sharedFiles);
  if (sharedFiles > 0) return `${shares}, of which ${sharedFiles} are served`;
  const advice = listening === undefined ? '; p2p serve offers them to their groups' : '';
  return `${shares}, and none of them is served now${advice}`;
}

/** Says by what the tracker is known, for people. */
export function identityText({ trackerIdentity: known }: Pick<Status, 'trackerIdentity'>): string {
  if (known === undefined) return 'unknown until a tracker is met';
  return known.how === 'key'
    ? `SHA256:${known.id} (the only key that is accepted)`
    : 'an authority of this machine has to vouch for its name';
}
