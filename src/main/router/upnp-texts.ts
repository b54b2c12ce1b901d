/**
 * What is said to a router by UPnP (IGD 1 and 2), and what can be read out of its answers. Pure. Nothing
 * here reads XML as such: of a bounded text the few elements that are wanted are looked for, so that no
 * parser and no entity of somebody else's is at work.
 */
import { isIPAddress } from '../../net/ip-address.js';

/** The services that map ports, the best first. */
const SERVICES = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
] as const;

/** Where a service of a router takes orders. */
export interface RouterService {
  readonly type: string;
  readonly url: URL;
}

/** Asks who is a router. */
export function searchText(host: string, port: number): string {
  return [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${host}:${port}`,
    'MAN: "ssdp:discover"',
    'MX: 1',
    'ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1',
    '',
    '',
  ].join('\r\n');
}

/** Where an answer says that the router describes itself, if that is at the address it came from. */
export function locationIn(answer: string, from: string): URL | undefined {
  if (!/^HTTP\/1\.[01] 200/i.test(answer)) return undefined;
  const [, text] = /^location:[ \t]*(\S+)/im.exec(answer) ?? [];
  return text === undefined ? undefined : urlAt(text, undefined, from);
}

/** The service of a description that maps ports, if it takes orders at the same address. */
export function serviceIn(description: string, location: URL): RouterService | undefined {
  const base = elementIn(description, 'URLBase');
  const host = location.hostname;
  const services = elementsIn(description, 'service').flatMap((text) => {
    const [type, control] = [elementIn(text, 'serviceType'), elementIn(text, 'controlURL')];
    const url = control === undefined ? undefined : urlAt(control, base || location.href, host);
    return type !== undefined && url ? [{ type, url }] : [];
  });
  return SERVICES.flatMap((type) => services.filter((one) => one.type === type)).at(0);
}

/** An order to a service. */
export function orderText(
  { type }: RouterService,
  action: string,
  words: Readonly<Record<string, string | number>>,
): string {
  const inner = Object.entries(words).map(
    ([name, value]) => `<${name}>${escaped(value)}</${name}>`,
  );
  return (
    '<?xml version="1.0"?>\r\n' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">' +
    `<s:Body><u:${action} xmlns:u="${type}">${inner.join('')}</u:${action}></s:Body></s:Envelope>\r\n`
  );
}

/** The code of a refusal (UPnPError); undefined for another text. */
export function refusalIn(answer: string): number | undefined {
  const code = Number(elementIn(answer, 'errorCode') ?? 'none');
  return Number.isSafeInteger(code) ? code : undefined;
}

/** The router's outer address, if it tells one. */
export function externalAddressIn(answer: string): string | undefined {
  const text = elementIn(answer, 'NewExternalIPAddress');
  return text !== undefined && isIPAddress(text) ? text : undefined;
}

function elementIn(text: string, name: string): string | undefined {
  return elementsIn(text, name)[0]?.trim();
}

/** What stands between the tags of that name, wherever they are. */
function elementsIn(text: string, name: string): string[] {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf(`<${name}>`, at);
    const end = start < 0 ? -1 : text.indexOf(`</${name}>`, start);
    if (end < 0) return found;
    found.push(text.slice(start + name.length + 2, end));
    at = end;
  }
}

/** A place of the router itself; whatever it names elsewhere is nobody's. */
function urlAt(text: string, base: string | undefined, host: string): URL | undefined {
  try {
    const url = new URL(text, base);
    const isThere = url.hostname === host && url.protocol === 'http:' && url.username === '';
    return isThere ? url : undefined;
  } catch {
    return undefined;
  }
}

function escaped(value: string | number): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
