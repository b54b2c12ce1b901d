/**
 * One webtorrent peer for the benchmarks, steered by lines of JSON (see
 * contestants/line-peer.ts): node webtorrent-peer.mjs ENTRY seed|fetch|stay TORRENT FOLDER UP
 * Talks to nobody but the ports it is given, all on loopback.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const LOOPBACK = '127.0.0.1';
const [entry, mode, torrentPath, folder, upRate] = process.argv.slice(2);

// It has no option for the address it listens on, and would listen on all.
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number'
    ? listen.call(this, port, LOOPBACK, ...rest)
    : listen.call(this, port, ...rest);
};

// WebRTC needs a binary that only an install script would fetch, and is not used here.
const noWebRtc = [
  'export class RTCPeerConnection {}',
  'export class RTCSessionDescription {}',
  'export class RTCIceCandidate {}',
].join(';');
const hooks = `export function resolve(specifier, context, next) {
  if (specifier !== 'webrtc-polyfill') return next(specifier, context);
  return { url: ${JSON.stringify(dataUrl(noWebRtc))}, shortCircuit: true };
}`;
register(dataUrl(hooks));

const { default: WebTorrent } = await import(pathToFileURL(entry).href);

function dataUrl(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function say(values) {
  process.stdout.write(`${JSON.stringify(values)}\n`);
}

const client = new WebTorrent({
  dht: false,
  tracker: false,
  lsd: false,
  utPex: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
  uploadLimit: Number(upRate) > 0 ? Number(upRate) : -1,
});
client.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
const options = { path: folder, skipVerify: mode === 'seed', storeCacheSlots: 0 };
const torrent = client.add(await readFile(torrentPath), options);
let firstMs;
torrent.on('download', () => (firstMs ??= performance.now()));
torrent.on('ready', () => say({ port: client.torrentPort }));
if (mode !== 'seed') torrent.on('done', () => say({ steadyMs: performance.now() - firstMs }));

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  for (const port of message.connect ?? []) torrent.addPeer(`${LOOPBACK}:${port}`);
  if (message.sent) say({ sentBytes: torrent.uploaded });
});
lines.on('close', () => process.exit(0));
