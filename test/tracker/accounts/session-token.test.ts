import t from 'tap';
import { createToken, hashToken } from '../../../src/tracker/accounts/session-token.js';

void t.test('tokens are long, different, and fit into a URL', async (t) => {
  const tokens = new Set(Array.from({ length: 100 }, () => createToken()));
  t.equal(tokens.size, 100);
  for (const token of tokens) t.match(token, /^[\w-]{43}$/);
});

void t.test('what is stored of a token is the same each time and does not tell it', async (t) => {
  const token = createToken();
  t.equal(hashToken(token), hashToken(token));
  t.match(hashToken(token), /^[0-9a-f]{64}$/);
  t.not(hashToken(token), hashToken(createToken()));
});
