/** A file of settings is understood as a whole, or refused with the place and what may have been meant. */
import t from 'tap';
import { checkFile } from '../../../src/main/settings/checked-file.js';

t.test('texts, whole numbers, switches and lists are values of options', (t) => {
  const { settings } = checkFile(
    '/c',
    `
[common]
tracker = ["192.0.2.10:8000", "tracker.example"]
up = '5MiB/s'
background = true
no-lan = false
lan-limit = "none"
[serve]
host = "::1"
port = 7_001
`,
  );
  t.same(
    [...settings].map(([key, { value, line }]) => [key, value, line]),
    [
      ['common.tracker', ['192.0.2.10:8000', 'tracker.example'], 3],
      ['common.up', '5MiB/s', 4],
      ['common.background', true, 5],
      ['common.no-lan', false, 6],
      ['common.lan-limit', 'none', 7],
      ['serve.host', ['::1'], 9],
      ['serve.port', '7001', 10],
    ],
  );
  t.end();
});

const mistakes: readonly (readonly [text: string, message: string | RegExp])[] = [
  ['\n[serve]\nprt = 1', '/c:3: there is no setting "serve.prt"; did you mean serve.port?'],
  ['[serv]', '/c:1: there is no table of settings [serv]; did you mean [serve]?'],
  ['serv.port = 1', '/c:1: there is no table of settings [serv]; did you mean [serve]?'],
  ['[[serve]]', '/c:1: a table stands here once, as [serve]'],
  ['[serve.more]', /^\/c:1: there is no table of settings \[serve\.more\]/],
  ['port = 1', '/c:1: "port" stands in no table; what is for all commands stands below [common]'],
  ['[tracker]\nport = 1', /^\/c:2: there is no setting "tracker\.port"/],
  ['[serve]\nport = true', '/c:2: it wants a text, in quotes'],
  ['[serve]\nport = [1]', '/c:2: it wants a text, in quotes'],
  ['[serve]\nport = 1.5', '/c:2: it wants a text, in quotes'],
  ['[serve]\nport = 70000', /^\/c:2: "70000" is not a port/],
  ['[serve]\nhost = [1979-05-27]', '/c:2: it wants a text, or a list of texts, in quotes'],
  ['[serve]\nscrub = "yes"', '/c:2: it is a switch; write true or false'],
  ['[common]\nup = 5', /^\/c:2: the rate "5" has no unit/],
  ['[common]\nup = "none"', /^\/c:2: "none" is not a rate/],
  ['[common]\npeer-transport = "tcp"', '/c:2: "tcp" is none of tls'],
  ['[tracker]\ndata = "here"', '/c:2: "here" is relative; write it from / on'],
  ['[common]\noverwrite = true', /^\/c:2: there is no setting "common\.overwrite"/],
  ['[common]\njson = true', /^\/c:2: there is no setting "common\.json"/],
  ['[serve]\n"ho\\u001b[31m" = 1', /^\/c:2: there is no setting "[^\u001b]*"/],
  ['[serve]\n"port.x" = 1', /^\/c:2: there is no setting "serve\.port\.x"/],
  ['[serve]\nport.x = 1', /^\/c:2: there is no setting "serve\.port\.x"/],
  ['[hooks]\non-a = ["/bin/true"]', '/c:2: there is no setting "hooks.on-a"'],
  ['[hooks]\non-complete = "./run"', '/c:2: the program is relative'],
  ['[hooks]\non-complete = ["a", 1, true]', '/c:2: it wants a list of texts'],
  ['[serve]\nhost = [1, true]', '/c:2: it wants a text, or a list of texts, in quotes'],
  ['[serve]\nport = 1\nport = 2', /^\/c:3: this is no TOML: /],
  ['[serve]\nport = 0o7\n[serve]', /^\/c:\d: this is no TOML: /],
  ['__proto__ = 1', /^\/c:1: "__proto__" stands in no table/],
  ['[serve]\n__proto__ = 1', /^\/c:2: there is no setting "serve\.__proto__"/],
];

for (const [text, message] of mistakes) {
  t.test(`refused: ${JSON.stringify(text)}`, (t) => {
    t.throws(() => checkFile('/c', text), { code: 'BAD_ARGUMENT', message });
    t.end();
  });
}
