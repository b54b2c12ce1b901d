/** `status`: what this client is doing, as `name: value` lines. */
import { spoken } from '../cli/command-table.js';
import { formOf, type CommandContext } from '../cli/command.js';
import type { QuotaUse } from '../../net/quota.js';
import type { Status, WayBytes } from '../api/client-status.js';
import { reachLine } from '../terminal/reach-lines.js';
import { formatAddress, formatListening, formatBytes, formatRate } from '../terminal/quantities.js';
import { quoteShellWord } from '../terminal/shell-words.js';
import { trackerAddressLines } from '../terminal/tracker-address-lines.js';

type Form = ReturnType<typeof formOf>;
type LanLimit = Status['lanBytesPerSecondLimit'];

export async function run(context: CommandContext): Promise<void> {
  const status = await context.engine.status();
  context.out.result(status, linesOf(status, formOf(context)));
}

function linesOf(status: Status, form: Form): string[] {
  const { tracker, isTrackerConnected, listening, gateway, peerTransport } = status;
  const { trafficBytesPerSecond } = status;
  const required =
    status.requiredPeerTransport === undefined ? '' : ' (nothing but TLS is accepted)';
  const lan = lanLimits(status);
  const up = limitText({
    all: status.upBytesPerSecondLimit,
    wan: status.wanUpBytesPerSecondLimit,
    lan: lan.up,
  });
  const down = limitText({
    all: status.downBytesPerSecondLimit,
    wan: status.wanDownBytesPerSecondLimit,
    lan: lan.down,
  });
  return [
    `user: ${status.userId ?? 'nobody is logged in'}`,
    `tracker: ${tracker === undefined ? 'none' : `${tracker} (${isTrackerConnected ? 'connected' : 'not connected'})`}`,
    ...trackerAddressLines(status.trackerAddresses),
    `tracker identity: ${identityText(status)}`,
    `device: ${status.deviceId ?? 'unknown until a tracker is met'}`,
    `serving on: ${listening === undefined ? 'nothing is served' : formatListening(listening)}`,
    ...(gateway === undefined ? [] : [`guests come in at: ${formatAddress(gateway)}`]),
    `reach: ${reachLine(status.reach)}`,
    `peer transport: ${peerTransport ?? 'unknown until the tracker is connected'}${required}`,
    `shared files: ${sharedText(status, form)}`,
    ...requestLines(status, form),
    ...quotaLines(status),
    `peers being served: ${status.uploadSessions}`,
    ...relayLines(status),
    ...backgroundLines(status),
    `running downloads: ${status.runningDownloads}${idleText(status, form)}`,
    `sent: ${formatBytes(status.sentBytes)}${up}${nowText(trafficBytesPerSecond.sent)}`,
    `received: ${formatBytes(status.receivedBytes)}${down}${nowText(trafficBytesPerSecond.received)}`,
  ];
}

/** Who waits for an answer, with what gives it; nothing where nobody does. */
function requestLines({ requests }: Status, form: Form): string[] {
  if (requests === undefined) return [];
  const { toAnswer, isMore, asked } = requests;
  const groups = asked.join(', ');
  return [
    ...toAnswer.map(({ groupId, userId }) => {
      const words = [groupId, userId].map(quoteShellWord).join(' ');
      return `waits for you: ${userId} asks to join ${groupId}; ${spoken('accept', form)} ${words}`;
    }),
    ...(isMore ? [`waits for you: and others; ${spoken('requests', form)} lists them`] : []),
    ...(groups === '' ? [] : [`you asked to join: ${groups}`]),
  ];
}

/** ` (2 queued, 1 paused; p2p resume GROUP goes on with them)`; nothing where there are none. */
function idleText({ idleDownloads }: Status, form: Form): string {
  if (idleDownloads === undefined) return '; what else there is cannot be told';
  const { queued, paused, interrupted, failed } = idleDownloads;
  const counted = [
    ...(queued > 0 ? [`${queued} queued`] : []),
    ...(paused > 0 ? [`${paused} paused`] : []),
    ...(interrupted > 0 ? [`${interrupted} interrupted`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  if (counted.length === 0) return '';
  const canGoOn = paused + interrupted + failed > 0;
  const advice = canGoOn
    ? `; ${spoken('resume', form)} GROUP goes on, ${spoken('downloads', form)} lists them`
    : '';
  return ` (${counted.join(', ')}${advice})`;
}

/** `, 12 MiB/s now (10 MiB/s in your own network, 2 MiB/s outside of it)`; nothing where nothing moves. */
function nowText({ lan, wan, relay }: WayBytes): string {
  const all = lan + wan + relay;
  if (all < 1) return '';
  const ways = [
    ...(lan >= 1 ? [`${formatRate(lan)} in your own network`] : []),
    ...(wan >= 1 ? [`${formatRate(wan)} outside of it`] : []),
    ...(relay >= 1 ? [`${formatRate(relay)} through relays`] : []),
  ];
  return `, ${formatRate(all)} now (${ways.join(', ')})`;
}

/** Only transfers that give way have such a line. */
function backgroundLines({ background }: Status): string[] {
  if (!background) return [];
  const { upBytesPerSecond: up, downBytesPerSecond: down } = background;
  return [`in the background: at most ${formatRate(up)} up and ${formatRate(down)} down just now`];
}

/** An older client tells only the one that both ways have. */
function lanLimits(status: Status): { up: LanLimit; down: LanLimit } {
  const { lanUpBytesPerSecondLimit: up, lanDownBytesPerSecondLimit: down } = status;
  const both = up === undefined && down === undefined ? status.lanBytesPerSecondLimit : undefined;
  return { up: up ?? both, down: down ?? both };
}

/** ` (at most 2 MiB/s, outside your own network 1 MiB/s, in it 10 MiB/s)`; nothing where nothing is limited. */
function limitText({
  all,
  wan,
  lan,
}: {
  readonly all: number | undefined;
  readonly wan: number | undefined;
  readonly lan: LanLimit;
}): string {
  if (all === undefined && wan === undefined && typeof lan !== 'number') return '';
  const atMost = (limit: number): string => `at most ${formatRate(limit)}`;
  const parts = [
    all === undefined ? 'without a limit' : atMost(all),
    ...(wan === undefined ? [] : [`outside your own network ${atMost(wan)}`]),
    ...(lan === undefined
      ? []
      : [`in your own network ${lan === 'unlimited' ? 'without one' : atMost(lan)}`]),
  ];
  return ` (${parts.join(', ')})`;
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
function sharedText({ sharedFiles, shares, listening }: Status, form: Form): string {
  if (shares === undefined) return `${sharedFiles} served; what else is shared cannot be told`;
  if (shares <= sharedFiles) return String(sharedFiles);
  if (sharedFiles > 0)
    return `${shares}, of which ${sharedFiles} are served; ${spoken('shares', form)} says why`;
  const advice =
    listening === undefined
      ? '; p2p serve offers them to their groups'
      : `; ${spoken('shares', form)} says why`;
  return `${shares}, and none of them is served now${advice}`;
}

/** Says by what the tracker is known, for people. */
export function identityText({ trackerIdentity: known }: Pick<Status, 'trackerIdentity'>): string {
  if (known === undefined) return 'unknown until a tracker is met';
  return known.how === 'key'
    ? `SHA256:${known.id} (the only key that is accepted)`
    : 'an authority of this machine has to vouch for its name';
}
