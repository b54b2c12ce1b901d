/** The victim of download-kill: downloads one file into its folder, or goes on with it. */
import { SwarmClient } from '../fixtures/swarm-client.js';

const [name = '', folder = '', port = '', fileName = ''] = process.argv.slice(2);
const tracker = { host: '127.0.0.1', port: Number(port) };
const client = await SwarmClient.open({ name, folder, tracker });
await client.serve();
await client.logIn();
const left = (await client.engine.downloads()).find(({ state }) => state !== 'complete');
const id = left?.id ?? (await client.start(fileName));
let isMoving = false;
const { fetched } = await client.engine.waitForDownload(id, (progress) => {
  if (isMoving || progress.fetched === 0) return;
  isMoving = true;
  process.stdout.write(`moving ${progress.verified - progress.fetched}\n`);
});
process.stdout.write(`fetched ${fetched}\n`);
await client.close();
