/** What many are told alike. */
import t from 'tap';
import { decodeMessage } from '../../src/net/json-rpc-message.js';
import { Notice } from '../../src/tracker/notice.js';
import { textFrame } from '../../src/tracker/text-frame.js';

void t.test('it is written once, as text and as frame', async (t) => {
  const params = { groupId: 'g', fileId: 'f', online: [], gone: ['d'] };
  const notice = new Notice('peers', params);
  t.match(decodeMessage(notice.text), { method: 'peers', params });
  t.same(notice.frame, textFrame(notice.text));
  t.equal(notice.frame, notice.frame);
});

void t.test('what nobody is told is not written', async (t) => {
  const params = { groupId: 'g', fileId: 'f', online: [], gone: [] };
  const unread = Object.defineProperty(params, 'gone', {
    get: () => t.fail('it was written'),
    enumerable: true,
  });
  t.equal(new Notice('peers', unread).name, 'peers');
});
