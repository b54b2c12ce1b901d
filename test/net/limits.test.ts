import t from 'tap';
import * as limits from '../../src/net/limits.js';

t.test('every bound is a positive whole number', (t) => {
  for (const [name, value] of Object.entries(limits)) {
    t.ok(Number.isSafeInteger(value) && value > 0, name);
  }
  t.end();
});

t.test('bounds that lean on each other agree', (t) => {
  const base64 = (bytes: number): number => Math.ceil(bytes / 3) * 4;
  const slack = 4 * limits.KiB;
  const control = limits.MAX_CONTROL_FRAME_BYTES;
  t.ok(base64(limits.DESCRIPTION_SLICE_BYTES) + slack <= control, 'a slice is one control frame');
  t.ok(base64(limits.INLINE_DESCRIPTION_BYTES) + slack <= control, 'so is an inline description');
  t.ok(limits.PAGE_BYTES + slack <= control, 'so is a page');
  t.ok(limits.MIN_PIECE_LENGTH < limits.MAX_PIECE_LENGTH, 'piece lengths have a range');
  t.ok(limits.MAX_BLOCK_LENGTH <= limits.MAX_PIECE_LENGTH, 'a block fits a piece');
  t.ok(limits.DEFAULT_BLOCK_LENGTH <= limits.MAX_BLOCK_LENGTH, 'the default block is legal');
  t.ok(limits.MAX_PIECE_LENGTH <= limits.SLOT_MEMORY_BYTES, 'a piece fits the slots');
  t.ok(limits.TICKET_RENEW_BEFORE_MS < limits.TICKET_LIFETIME_MS, 'a ticket is renewed in time');
  t.ok(limits.MAX_HANDSHAKE_FRAME_BYTES > 1024, 'a ticket with the longest names fits HELLO');
  t.ok(limits.SNUB_AFTER_MS < limits.PEER_IDLE_TIMEOUT_MS, 'snubbed before given up');
  t.end();
});
