/** The options of whatever makes an invite or a link; `invite-terms.ts` reads them. */
import type { OptionDefinition } from './command.js';

/** `whom`: what is counted, e.g. `people that it lets in`. */
export function usesOption(whom: string) {
  return { name: 'uses', placeholder: 'N', summary: `${whom} (default: 1)` } as const;
}

export const lifetimeOption = {
  name: 'for',
  placeholder: 'TIME',
  summary: 'how long it is good (default: 2d)',
} as const;

export const qrOption = {
  name: 'qr',
  summary: 'show the link as a QR code too, on a terminal',
} as const;

/** `where`: which address it stands for, and what stands there without it. */
export function linkAddressOption(where: string) {
  return { name: 'address', placeholder: 'HOST:PORT', summary: where } as const;
}

/** The same in the interactive client. */
export function inShell<Option extends OptionDefinition>(option: Option) {
  return { ...option, isInShell: true } as const;
}

/** The same, which files of settings may say too. */
export function asSetting<Option extends OptionDefinition>(option: Option) {
  return { ...option, setting: 'own' } as const;
}
