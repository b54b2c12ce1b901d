/**
 * Turns what the user gave (`--host`, `--port`, `--up`, `--down`) into the options of an
 * engine. The edge where these words are checked; behind it they are numbers.
 */
import { type Given, textOption, type OptionDefinition } from '../command.js';
import { parseHost, parsePort, parseRate } from '../terminal/quantities.js';

/** Serve on every interface; the tracker then tells others the address that it sees. */
const DEFAULT_HOST = '0.0.0.0';

/** Options of commands that can move file bytes. */
export const rateOptions: readonly OptionDefinition[] = [
  { name: 'up', placeholder: 'RATE', summary: 'most that is sent, e.g. 10MB/s' },
  { name: 'down', placeholder: 'RATE', summary: 'most that is received, e.g. 10MB/s' },
];

/** Options of one-shot commands that serve pieces. */
export const listenOptions: readonly OptionDefinition[] = [
  { name: 'host', placeholder: 'HOST', summary: 'address to serve pieces on (default: all)' },
  { name: 'port', placeholder: 'PORT', summary: 'port to serve pieces on (default: any free one)' },
];

/** The limits of an engine; absent ones are absent, as the engine wants it. */
export function ratesOf(given: Given): { upBytesPerSecond?: number; downBytesPerSecond?: number } {
  const up = textOption(given, 'up');
  const down = textOption(given, 'down');
  return {
    ...(up === undefined ? {} : { upBytesPerSecond: parseRate(up) }),
    ...(down === undefined ? {} : { downBytesPerSecond: parseRate(down) }),
  };
}

/** Where a one-shot command serves pieces. */
export function listenAddressOf(given: Given): { host: string; port: number } {
  return {
    host: parseHost(textOption(given, 'host') ?? DEFAULT_HOST),
    port: parsePort(textOption(given, 'port') ?? '0'),
  };
}
