/**
 * Where the password of a one-shot command comes from: standard input, the environment, a
 * file, or a prompt without echo. Never the argument list, which every user of the machine
 * can read. The password itself appears in no message.
 */
import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { CancelledError, toStorageError, UsageError } from '../../net/errors.js';
import { MAX_PASSWORD_BYTES } from '../../net/limits.js';
import { checkPassword } from '../../net/names.js';
import { passwordText } from './password-text.js';
import type { Environment, InputStream } from './environment.js';
import { askRaw, type RawTerminal } from './raw-input.js';

export interface PasswordRequest {
  /** What the prompt calls it, e.g. `password of alice`. */
  readonly title: string;
  /** Asks twice, because a slip would lock the user out. */
  readonly isNew: boolean;
  /** The variable of the environment that may hold it; with `_FILE`, one that names a file. */
  readonly variable: 'P2P_PASSWORD' | 'P2P_NEW_PASSWORD';
}

/** What of the secrets of a command comes from standard input, a line each, in this order. */
export interface FromStdin {
  readonly passwords: boolean;
  readonly invite: boolean;
}

export interface FoundSecrets {
  readonly passwords: readonly string[];
  readonly invite: string | undefined;
}

/**
 * Finds the passwords of a one-shot command, and its invite if there is one. The signal ends the wait for them.
 * @throws UsageError when one of them is missing; the reason of the signal
 */
export async function readSecrets(
  requests: readonly PasswordRequest[],
  fromStdin: FromStdin,
  environment: Environment,
  signal: AbortSignal,
): Promise<FoundSecrets> {
  const count = (fromStdin.passwords ? requests.length : 0) + Number(fromStdin.invite);
  const lines = count === 0 ? [] : await readFirstLines(environment.stdin, count, signal);
  const found = fromStdin.passwords ? lines.splice(0, requests.length) : [];
  // One after the other: they may be typed.
  if (!fromStdin.passwords) {
    for (const request of requests) found.push(await findPassword(request, environment, signal));
  }
  const invite = fromStdin.invite ? lines[0] : environment.env['P2P_INVITE'];
  const passwords = requests.map((_, index) => checkPassword(passwordText(found[index] ?? '')));
  return { passwords, invite };
}

async function findPassword(
  request: PasswordRequest,
  { stdin, stderr, env, asksNobody = false }: Environment,
  signal: AbortSignal,
): Promise<string> {
  const [text, path] = [env[request.variable], env[`${request.variable}_FILE`]];
  if (text !== undefined) return text;
  if (path !== undefined) return readPasswordFile(path, request, signal);
  if (!stdin.isTTY || asksNobody) {
    const why = asksNobody ? '--no-input is no way' : 'there is no terminal';
    throw new UsageError(
      `${why} to ask for the ${request.title}; use --password-stdin, ${request.variable} or ${request.variable}_FILE`,
    );
  }
  return askPassword(request, { stdin, output: stderr, signal });
}

/**
 * Asks for a password on a terminal, without showing it; a new one twice.
 * @throws UsageError when the two differ, CancelledError after Ctrl-C, the reason of the signal
 */
export async function askPassword(
  { title, isNew }: PasswordRequest,
  terminal: RawTerminal,
): Promise<string> {
  const password = await promptHidden(`${title}: `, terminal);
  if (!isNew) return password;
  const again = await promptHidden('the same password again: ', terminal);
  if (passwordText(again) !== passwordText(password))
    throw new UsageError('the two passwords differ; run the command again');
  return password;
}

async function readPasswordFile(
  path: string,
  request: PasswordRequest,
  signal: AbortSignal,
): Promise<string> {
  try {
    // Its first line and no more: what is named need not have an end.
    return (await readFirstLines(createReadStream(path), 1, signal))[0] ?? '';
  } catch (error) {
    signal.throwIfAborted();
    const doing = `cannot read ${path}, which ${request.variable}_FILE names`;
    throw toStorageError(error, doing, 'read');
  }
}

/**
 * The first lines of a stream, as far as so many passwords can be long. The signal closes it: whoever
 * is to write there may never do so. @throws the reason of the signal
 */
export async function readFirstLines(
  stdin: InputStream,
  count: number,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const close = (): unknown => stdin.destroy(signal.reason as Error);
  signal.addEventListener('abort', close, { once: true });
  const decoder = new StringDecoder('utf8');
  let text = '';
  try {
    for await (const bytes of stdin) {
      text += decoder.write(bytes as Buffer);
      if (text.split('\n').length > count || text.length > count * (MAX_PASSWORD_BYTES + 2)) break;
    }
  } finally {
    signal.removeEventListener('abort', close);
  }
  return text
    .replace(/^\ufeff/, '')
    .split('\n', count)
    .map((line) => line.replace(/\r$/, ''));
}

/** Asks on a terminal and reads one line, without showing it. */
function promptHidden(prompt: string, terminal: RawTerminal): Promise<string> {
  const decoder = new StringDecoder('utf8');
  const line = new HiddenLine();
  return askRaw(terminal, {
    text: prompt,
    onKeys: (bytes) => {
      for (const char of decoder.write(bytes)) {
        const end = line.onKey(char);
        if (end === 'entered') return { answer: line.text };
        if (end === 'suspended') suspend(terminal.stdin);
        if (end === 'interrupted') {
          return { error: new CancelledError('interrupted', 'INTERRUPTED') };
        }
      }
      return undefined;
    },
    onEnd: () => ({ error: new UsageError('no password was typed') }),
  });
}

/** Ctrl-Z: the shell gets its terminal as it was; what was typed so far counts after `fg`. */
function suspend(stdin: InputStream): void {
  process.once('SIGCONT', () => stdin.setRawMode?.(true));
  stdin.setRawMode?.(false);
  process.kill(process.pid, 'SIGTSTP');
}

/** A line that is typed in raw mode, where the terminal edits nothing for us. */
export class HiddenLine {
  #chars: string[] = [];

  get text(): string {
    return this.#chars.join('');
  }

  /** Takes one key; says when the line is over. */
  onKey(char: string): 'entered' | 'interrupted' | 'suspended' | undefined {
    switch (char) {
      case '\r':
      case '\n':
      case '\u0004': // Ctrl-D
        return 'entered';
      case '\u0003': // Ctrl-C
        return 'interrupted';
      case '\u001a': // Ctrl-Z
        return 'suspended';
      case '\u007f': // Backspace
      case '\b':
        this.#chars.pop();
        return undefined;
      case '\u0015': // Ctrl-U
        this.#chars = [];
        return undefined;
      default:
        if (this.#chars.length < MAX_PASSWORD_BYTES + 1) this.#chars.push(char);
        return undefined;
    }
  }
}
