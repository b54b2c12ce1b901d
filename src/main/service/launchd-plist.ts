/** The launchd job of a service (macOS), as the text of a property list. Pure. */
import { LOG_PATH_VARIABLE } from '../background/launcher-channel.js';
import { serviceName, type Service } from './service.js';

/** `logPath` gets what it says, and is kept to its size by the program itself. */
export function launchdPlist(service: Service, logPath: string): string {
  const { verb, command, homePath, scope, runsAs } = service;
  const user = scope === 'system' && runsAs !== 'own-user' ? runsAs.user : undefined;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    ...entry('Label', string(serviceName(verb))),
    ...entry('ProgramArguments', ['<array>', ...command.flatMap(string), '</array>']),
    ...entry('EnvironmentVariables', [
      '<dict>',
      ...entry('P2P_HOME', string(homePath)),
      ...entry(LOG_PATH_VARIABLE, string(logPath)),
      '</dict>',
    ]),
    ...(user === undefined ? [] : entry('UserName', string(user))),
    ...entry('RunAtLoad', ['<true/>']),
    // What has ended well, by `p2p down` for one, stays so.
    ...entry('KeepAlive', ['<dict>', ...entry('SuccessfulExit', ['<false/>']), '</dict>']),
    ...entry('StandardOutPath', string(logPath)),
    ...entry('StandardErrorPath', string(logPath)),
    '</dict>',
    '</plist>',
  ];
  return `${lines.join('\n')}\n`;
}

function entry(key: string, value: readonly string[]): string[] {
  return [`<key>${escaped(key)}</key>`, ...value];
}

function string(text: string): string[] {
  return [`<string>${escaped(text)}</string>`];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
