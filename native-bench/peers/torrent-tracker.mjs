/**
 * npm's bittorrent-tracker over WebSocket, in the clear, without accounts, as a process of its own: says its
 * port, and ends with its standard input.
 * Arguments: the module's entry.
 */
import { pathToFileURL } from 'node:url';

const { default: Server } = await import(pathToFileURL(process.argv[2]).href);
const server = new Server({ udp: false, http: false, ws: true, stats: false, interval: 600_000 });
// What a client does wrong is that client's; here it would only hide in silence.
server.on('warning', (error) => process.stderr.write(`${error.message}\n`));
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.ws.address().port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
