/** What a hook is told, and what not. */
import t from 'tap';
import {
  furtherWords,
  hookEnvironment,
  hookNameOf,
  shownEvent,
  type HookEvent,
} from '../../../src/main/hooks/hook-event.js';

const file = { groupId: 'g', fileName: '-rf $(id)\u200d', path: '/d/-rf $(id)', size: 7 };
const complete: HookEvent = { type: 'complete', ...file };
const failed: HookEvent = {
  ...{ type: 'failed', ...file },
  error: { code: 'NO_PEERS', message: 'no\u001b[2J peers' },
};
const request: HookEvent = { type: 'request', groupId: 'g', userId: '-x' };

t.test('the environment says what has happened, in exact names', async (t) => {
  const about = { P2P_HOME: '/h', P2P_GROUP: 'g' };
  const facts = { P2P_FILE: file.fileName, P2P_PATH: file.path, P2P_SIZE: '7' };
  t.same(hookEnvironment(complete, {}, '/h'), { ...about, P2P_EVENT: 'complete', ...facts });
  t.same(hookEnvironment(failed, {}, '/h'), {
    ...{ ...about, P2P_EVENT: 'failed', ...facts },
    ...{ P2P_ERROR: 'NO_PEERS', P2P_MESSAGE: 'no peers' },
  });
  t.same(hookEnvironment(request, {}, '/h'), { ...about, P2P_EVENT: 'request', P2P_USER: '-x' });
});

t.test('no secret is passed on, and nothing of ours that is not for others', async (t) => {
  const env = {
    ...{ PATH: '/bin', HOME: '/u', GONE: undefined, P2P_TRACKER: 'h:1' },
    ...{ P2P_PASSWORD: 'x', P2P_NEW_PASSWORD: 'x', P2P_PASSWORD_FILE: 'x', P2P_INVITE: 'x' },
    ...{ P2P_DATABASE: 'x', P2P_PRESENCE: 'x', P2P_BACKGROUND_LOG: 'x', p2p_password: 'x' },
    ...{ P2P_HOME: '/other', P2P_FILE: 'forged' },
  };
  t.same(hookEnvironment(request, env, '/h'), {
    ...{ PATH: '/bin', HOME: '/u', P2P_TRACKER: 'h:1', P2P_HOME: '/h' },
    ...{ P2P_EVENT: 'request', P2P_GROUP: 'g', P2P_USER: '-x' },
  });
});

t.test('a path that begins with no dash is the one word more', async (t) => {
  t.same([complete, failed, request].map(furtherWords), [[file.path], [file.path], []]);
  t.same([complete, failed, request].map(hookNameOf), ['on-complete', 'on-failed', 'on-request']);
  t.notMatch(shownEvent(complete), '\u200d');
});
