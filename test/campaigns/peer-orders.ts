/**
 * What a download hears of its peers, in 100,000 orders drawn by chance (ten million without
 * `--short`): gone, online, ready, bad, banned, silent, ended. A failing order names its seed.
 */
import { runCampaign } from '../fixtures/campaign.js';
import { playPeerOrder } from '../fixtures/peer-orders.js';

await runCampaign('peer-orders', async ({ isShort, random, check }) => {
  const count = isShort ? 100_000 : 10_000_000;
  const first = Math.floor(random() * 2 ** 31);
  let failures = 0;
  for (let seed = first; seed < first + count && failures < 5; seed++) {
    await playPeerOrder(seed).catch((error: unknown) => {
      failures++;
      check(false, `order ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  check(failures === 0, `${count} orders from ${first}`);
});
