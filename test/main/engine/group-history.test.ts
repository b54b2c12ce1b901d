import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { verifyHistory } from '../../../src/main/engine/group-history.js';
import { KeptHeads } from '../../../src/main/home/kept-heads.js';
import { firstHead, signHead } from '../../../src/net/history.js';
import { fakeSession } from '../../fixtures/fake-account-link.js';
import { FakeTrackerCalls } from '../../fixtures/fake-tracker-calls.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { headOf, sampleEntries, told } from '../../fixtures/sample-history.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('what another one verifies meanwhile accuses nobody, and stays', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const group = { groupId: 'g', incarnation: INCARNATION };
  const entries = sampleEntries(firstHead(group), 5);
  const session = fakeSession({
    ticketKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
  });
  const headsPath = testFolder(t);
  const { trackerId } = session.account;
  const kept = new KeptHeads(headsPath, { trackerId, groupId: 'g' });
  const later = {
    ...signHead(group, headOf(group, entries), privateKey),
    incarnation: INCARNATION,
  };
  const calls = new FakeTrackerCalls({
    history: async () => {
      const { head } = told(group, entries.slice(0, 3), privateKey);
      // The answer is on its way when another caller has verified more.
      await kept.keep(later);
      return { incarnation: INCARNATION, items: entries.slice(0, 3), head };
    },
  });
  const link = { promptCalls: () => Promise.resolve(calls), requireSession: () => session };
  const verdict = await verifyHistory(link, { headsPath }, 'g');
  t.match(verdict, { state: 'whole', since: 'new', head: { count: 3 } });
  t.same(await kept.read(), [later]);
});
