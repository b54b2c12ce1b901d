import t from 'tap';
import {
  PAGE_KEY_HEADER,
  verdictOn,
  type WebPlace,
  type WebRoute,
  type WebVerdict,
} from '../../../src/main/web/web-access.js';

const HOST = '127.0.0.1:7080';
const place: WebPlace = {
  hosts: new Set([HOST]),
  isLoggedIn: (cookie, pageKey) => cookie === 'good' && pageKey === 'key',
};
const json = { 'content-type': 'application/json' };
const key = { [PAGE_KEY_HEADER]: 'key' };
const page = { host: HOST, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
const whole = { ...page, ...json, ...key, cookie: 'good' };

const bytes = { ...whole, 'content-type': 'application/octet-stream' };

type Headers = Readonly<Record<string, string | undefined>>;

/** Route, method, headers, and what comes of it. */
const table: readonly (readonly [WebRoute, string, Headers, WebVerdict])[] = [
  ['data', 'POST', whole, 'yes'],
  ['data', 'POST', { ...whole, origin: undefined, 'sec-fetch-site': undefined }, 'yes'],
  ['data', 'POST', { ...whole, host: HOST.toUpperCase() }, 'yes'],
  // Other names of this machine, and names that somebody has lead here.
  ['data', 'POST', { ...whole, host: undefined }, 'wrong-host'],
  ['data', 'POST', { ...whole, host: 'localhost:7080' }, 'wrong-host'],
  ['data', 'POST', { ...whole, host: '127.0.0.1' }, 'wrong-host'],
  ['data', 'POST', { ...whole, host: '127.0.0.1:7081' }, 'wrong-host'],
  ['data', 'POST', { ...whole, host: 'evil.example:7080' }, 'wrong-host'],
  ['data', 'POST', { ...whole, host: `${HOST}.evil.example` }, 'wrong-host'],
  ['file', 'GET', { host: 'evil.example:7080' }, 'wrong-host'],
  ['login', 'GET', { host: 'evil.example:7080' }, 'wrong-host'],
  // Foreign pages in the same browser.
  ['data', 'POST', { ...whole, origin: 'http://evil.example' }, 'foreign'],
  ['data', 'POST', { ...whole, origin: 'null' }, 'foreign'],
  ['data', 'POST', { ...whole, origin: `https://${HOST}` }, 'foreign'],
  ['data', 'POST', { ...whole, origin: 'http://127.0.0.1:7081' }, 'foreign'],
  ['data', 'POST', { ...whole, 'sec-fetch-site': 'cross-site' }, 'foreign'],
  ['data', 'POST', { ...whole, 'sec-fetch-site': 'same-site' }, 'foreign'],
  ['login', 'GET', { host: HOST, origin: 'http://evil.example' }, 'foreign'],
  // What a form can send.
  ['data', 'POST', { ...whole, 'content-type': 'text/plain' }, 'foreign'],
  ['data', 'POST', { ...whole, 'content-type': 'application/x-www-form-urlencoded' }, 'foreign'],
  ['data', 'POST', { ...whole, 'content-type': undefined }, 'foreign'],
  // Who brings the content of a file is the page as well.
  ['drop', 'POST', bytes, 'yes'],
  ['drop', 'POST', { ...bytes, host: 'localhost:7080' }, 'wrong-host'],
  ['drop', 'POST', { ...bytes, origin: 'http://evil.example' }, 'foreign'],
  ['drop', 'POST', { ...bytes, 'sec-fetch-site': 'cross-site' }, 'foreign'],
  ['drop', 'POST', whole, 'foreign'],
  ['drop', 'POST', { ...bytes, 'content-type': 'multipart/form-data' }, 'foreign'],
  ['drop', 'POST', { ...bytes, 'content-type': undefined }, 'foreign'],
  ['data', 'POST', bytes, 'foreign'],
  ['drop', 'PUT', bytes, 'wrong-method'],
  ['drop', 'GET', bytes, 'wrong-method'],
  ['drop', 'POST', { ...bytes, cookie: 'other' }, 'not-logged-in'],
  ['drop', 'POST', { ...bytes, [PAGE_KEY_HEADER]: undefined }, 'not-logged-in'],
  // Other methods.
  ['data', 'GET', whole, 'wrong-method'],
  ['data', 'PUT', whole, 'wrong-method'],
  ['data', 'OPTIONS', { ...whole, origin: 'http://evil.example' }, 'wrong-method'],
  ['file', 'POST', { host: HOST }, 'wrong-method'],
  ['login', 'POST', { host: HOST }, 'wrong-method'],
  ['login', 'HEAD', { host: HOST }, 'wrong-method'],
  // Somebody else's login, half a login, none.
  ['data', 'POST', { ...whole, cookie: undefined }, 'not-logged-in'],
  ['data', 'POST', { ...whole, cookie: 'other' }, 'not-logged-in'],
  ['data', 'POST', { ...whole, [PAGE_KEY_HEADER]: undefined }, 'not-logged-in'],
  ['data', 'POST', { ...whole, [PAGE_KEY_HEADER]: 'other' }, 'not-logged-in'],
  // The page itself is the same for everybody, and a link may be clicked anywhere.
  ['file', 'GET', { host: HOST }, 'yes'],
  ['file', 'HEAD', { host: HOST }, 'yes'],
  ['login', 'GET', { host: HOST, 'sec-fetch-site': 'none' }, 'yes'],
  ['login', 'GET', { host: HOST, 'sec-fetch-site': 'cross-site' }, 'yes'],
];

for (const [route, method, headers, verdict] of table) {
  t.test(`${method} ${route} ${JSON.stringify(headers)}`, async (t) => {
    t.equal(verdictOn({ method, route, headers }, place), verdict);
  });
}
