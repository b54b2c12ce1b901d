/** The page of the control socket says what the source says, and no release takes anything from its protocol. */
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import * as v from 'valibot';
import { apiMethods, type ApiMethodName } from '../../src/main/api/api-methods.js';
import {
  decodeEvents,
  decodeFromCaller,
  decodeFromEngine,
  decodeHello,
  decodeWelcome,
} from '../../src/main/control/control-protocol.js';
import { decodeMessage } from '../../src/net/json-rpc-message.js';
import { inPackage } from '../../src/net/package-root.js';
import { readDoc } from './read-doc.js';

const { href } = pathToFileURL(inPackage('scripts/protocol-breaks.mjs'));
const { breaks } = (await import(href)) as {
  breaks: (before: readonly string[], now: readonly string[]) => string[];
};

void t.test('docs/control.md is what the source says, and has all of protocol 1', async (t) => {
  const args = [inPackage('scripts/control-docs.mjs'), '--check'];
  t.match(await promisify(execFile)(process.execPath, args), { stdout: '', stderr: '' });
});

t.test('every message on the page is one', (t) => {
  const blocks = [...readDoc('docs/control.md').matchAll(/```json\n([\s\S]*?)```/g)];
  const lines = blocks.flatMap(([, text]) => text!.trimEnd().split('\n'));
  t.ok(lines.length > 8);
  for (const line of lines) {
    const message = decodeMessage(line);
    if (message.kind === 'notification') {
      const { method, params } = message;
      const decoded = decodeFromEngine(method, params) ?? decodeFromCaller(method, params);
      t.same(decoded, { method, params }, line);
    } else if (message.kind === 'request' && message.method === 'hello') {
      t.ok(decodeHello(message.params), line);
    } else if (message.kind === 'request' && message.method === 'events') {
      t.ok(decodeEvents(message.params), line);
    } else if (message.kind === 'request') {
      t.ok(v.is(apiMethods[message.method as ApiMethodName].params, message.params), line);
    } else if (message.kind === 'result' && !Array.isArray(message.result)) {
      t.ok(decodeWelcome(message.result), line);
    } else if (message.kind === 'error') t.equal(message.error.code, 'NO_SUCH_GROUP');
    else t.equal(message.kind, 'result', line);
  }
  t.end();
});

t.test('what breaks a protocol is found, and what adds to it is not', (t) => {
  const before = [
    'find(words): list of text',
    'find(kind): `"file"`, or absent',
    'find: Found[]',
    'Found.name: string',
    "Found.state | 'here'",
  ];
  const without = (line: string): string[] => before.filter((one) => !one.startsWith(line));
  t.same(breaks(before, before), []);
  const more = ['find(limit): whole number, or absent', 'Found.size: number', 'go(far): text'];
  t.same(breaks(before, [...before, ...more]), []);
  const looser = [
    'find(words): list of text, or absent',
    'find(kind): `"file"`, `"folder"`, or absent',
  ];
  t.same(breaks(before, [...without('find('), ...looser]), []);
  for (const line of before) t.equal(breaks(before, without(line)).length, 1, `without ${line}`);
  const asked = [...before, 'find(limit): whole number'];
  t.match(breaks(before, asked), [/^programs do not say yet: find\(limit\)/]);
  const needed = [...without('find(kind)'), 'find(kind): `"file"`'];
  t.match(breaks(before, needed), [/^the protocol has no longer: find\(kind\)/]);
  const other = [...without('Found.name'), 'Found.name: number'];
  t.match(breaks(before, other), [/^the protocol has no longer: Found.name: string/]);
  t.end();
});
