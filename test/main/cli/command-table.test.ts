/** The command table: every name of the contract leads to a command, in its form. */
import t from 'tap';
import {
  commands,
  commandsOf,
  findCommand,
  namesOf,
  shellNameOf,
  unknownCommand,
  withoutDoubledName,
} from '../../../src/main/cli/command-table.js';
import { completionsFor } from '../../../src/main/cli/completion.js';

const shellNames = [
  ...['create_user', 'login', 'create_group', 'join_group', 'leave_group', 'list_requests'],
  ...['accept_request', 'list_groups', 'list_files', 'upload_file', 'download_file', 'logout'],
  ...['show_downloads', 'stop_share', 'reject_request', 'kick', 'transfer_owner', 'whoami'],
  ...['passwd', 'devices', 'list_shares', 'help', 'quit'],
];
const verbs = [
  ...['create-user', 'login', 'logout', 'whoami', 'create-group', 'join', 'leave', 'requests'],
  ...['accept', 'reject', 'kick', 'transfer-owner', 'groups', 'files', 'upload', 'download'],
  ...['downloads', 'stop-share', 'serve', 'tracker', 'client', 'status', 'quickstart'],
  ...['passwd', 'devices', 'shares'],
];

t.test('every name of the interactive client is a shell command under that name', (t) => {
  for (const name of shellNames) {
    const command = findCommand(name);
    t.ok(command !== undefined && command.forms !== 'one-shot', name);
    t.equal(shellNameOf(command!), name);
  }
  t.end();
});

t.test('every verb is a one-shot command, and its other names lead to the same', (t) => {
  for (const verb of verbs) {
    const command = findCommand(verb);
    t.ok(command !== undefined && command.forms !== 'shell', verb);
    for (const name of namesOf(command!)) t.equal(findCommand(name), command, name);
  }
  t.end();
});

t.test('no two commands share a name', (t) => {
  const names = commands.flatMap(namesOf);
  t.equal(new Set(names).size, names.length);
  t.end();
});

t.test('the arguments come in the order of the contract', (t) => {
  const argsOf = (name: string): string[] => findCommand(name)!.args.map((arg) => arg.name);
  t.same(argsOf('upload_file'), ['file', 'group']);
  t.same(argsOf('download_file'), ['group', 'file', 'destination']);
  t.same(argsOf('accept_request'), ['group', 'user']);
  t.same(argsOf('stop_share'), ['group', 'file']);
  t.same(argsOf('client'), ['client_ip', 'client_port', 'tracker_ip', 'tracker_port']);
  t.end();
});

t.test('what a tracker is asked is a command of two words', (t) => {
  t.same(withoutDoubledName(['tracker', 'admin', 'users']), ['tracker-admin', 'users']);
  t.same(withoutDoubledName(['tracker', 'admin']), ['tracker-admin']);
  t.same(withoutDoubledName(['tracker', 'check']), ['tracker-check']);
  t.same(withoutDoubledName(['tracker', 'backup', 'a.p2p']), ['tracker-backup', 'a.p2p']);
  t.same(withoutDoubledName(['tracker', 'restore', '8000']), ['tracker', 'restore', '8000']);
  t.same(withoutDoubledName(['tracker', 'admin', '8000']), ['tracker', 'admin', '8000']);
  t.same(withoutDoubledName(['tracker', '::', '8000']), ['tracker', '::', '8000']);
  t.end();
});

t.test('only the doubled name of requests is dropped', (t) => {
  t.same(withoutDoubledName(['requests', 'list_requests', 'g']), ['requests', 'g']);
  t.same(withoutDoubledName(['requests', 'list_requests']), ['requests', 'list_requests']);
  t.same(withoutDoubledName(['list_requests', 'g']), ['list_requests', 'g']);
  t.end();
});

t.test('a misspelt command is answered with the nearest name', (t) => {
  t.match(unknownCommand('donwload', 'one-shot').message, /did you mean "download"/);
  t.match(unknownCommand('list_grups', 'shell').message, /did you mean "list_groups"/);
  t.notMatch(unknownCommand('xyzzy', 'shell').message, /did you mean/);
  t.notMatch(unknownCommand('a'.repeat(100_000), 'shell').message, /did you mean/);
  t.equal(unknownCommand('x', 'shell').code, 'UNKNOWN_COMMAND');
  t.end();
});

t.test('all names of one-shot commands are completed, and options after them', (t) => {
  const words = completionsFor(['']);
  for (const name of commandsOf('one-shot').flatMap(namesOf)) t.ok(words.includes(name), name);
  t.same(completionsFor(['upl']), ['upload', 'upload_file']);
  t.same(completionsFor(['upload', '--a']), ['--as']);
  t.same(completionsFor(['tracker-admin', 'us']), ['users']);
  t.same(completionsFor(['tracker', 'admin', 'dis']), ['disable']);
  t.same(completionsFor(['tracker', 'admin', 'disable', '--rea']), ['--reason']);
  t.same(completionsFor(['upload', 'x']), []);
  t.same(completionsFor(['nonsense', '--']), []);
  t.end();
});
