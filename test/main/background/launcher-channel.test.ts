import t from 'tap';
import { LauncherChannel } from '../../../src/main/background/launcher-channel.js';
import {
  decodeLauncherMessage,
  type LauncherMessage,
} from '../../../src/main/background/launcher-message.js';

t.test('the command that started it hears all up to when it is ready, and nothing more', (t) => {
  const heard: LauncherMessage[] = [];
  const parent = {
    connected: true,
    send: (message: LauncherMessage) => void heard.push(message),
    disconnect: () => void (parent.connected = false),
  };
  const channel = new LauncherChannel(parent, 0);
  channel.said('a note');
  channel.waiting('no tracker');
  channel.ready({ line: 'serving', value: { files: 2 } });
  channel.said('later');
  channel.ready({ line: 'again', value: {} });
  const all: LauncherMessage[] = [
    { type: 'said', line: 'a note' },
    { type: 'waiting', line: 'no tracker' },
    { type: 'ready', line: 'serving', value: { files: 2 } },
  ];
  t.same(heard, all);
  for (const message of all) {
    t.same(decodeLauncherMessage(JSON.parse(JSON.stringify(message))), message);
  }
  t.end();
});

t.test('why it ends is told as data, and its line in the log not besides', (t) => {
  const heard: LauncherMessage[] = [];
  const parent = {
    connected: true,
    send: (message: LauncherMessage) => void heard.push(message),
    disconnect: () => void (parent.connected = false),
  };
  const channel = new LauncherChannel(parent, 0);
  const failed = { type: 'failed', error: { code: 'NOT_LOGGED_IN', message: 'log in' } } as const;
  channel.failed(failed.error);
  channel.said('error: log in');
  t.same(heard, [failed]);
  t.same(decodeLauncherMessage(JSON.parse(JSON.stringify(failed))), failed);
  t.end();
});

t.test('a message of another version is none', (t) => {
  for (const message of [undefined, 7, {}, { type: 'said' }, { type: 'gone', line: 'x' }]) {
    t.equal(decodeLauncherMessage(message), undefined);
  }
  t.end();
});

t.test('without a channel nothing is said', (t) => {
  new LauncherChannel({}, 2).ready({ line: 'serving', value: {} });
  t.end();
});
