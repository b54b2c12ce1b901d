/** The addresses of the tracker as a client tells of them. Pure. */
import { toWireError } from '../../net/errors.js';
import type { AccountLink } from '../account/account-link.js';
import type { LoggedIn } from '../account/account-session.js';
import type { ToldTrackerAddress } from '../api/told-tracker-address.js';
import { addressText } from '../tracker-link/address-text.js';
import { TrackerAddresses, type AddressLook } from '../tracker-link/tracker-addresses.js';

/** Of whoever is logged in, in the order in which they are said; none when nobody is. */
export function toldAddresses(
  link: Pick<AccountLink, 'addressLooks' | 'isConnected' | 'session'>,
  user: Pick<LoggedIn, 'places'> | undefined,
): readonly ToldTrackerAddress[] {
  if (user === undefined) return [];
  // Of a login that was not tried yet nothing is known but where it was.
  const looks = link.session ? link.addressLooks : new TrackerAddresses(user.places).looks();
  const used = link.session && link.isConnected ? addressText(link.session.tracker) : undefined;
  return looks.map((look) => toldAddress(look, used));
}

function toldAddress(
  { address, from, fate }: AddressLook,
  used: string | undefined,
): ToldTrackerAddress {
  const told = { address: addressText(address), from };
  if (told.address === used) return { ...told, state: 'used' };
  switch (fate.state) {
    case 'untried':
      return { ...told, state: 'untried' };
    case 'worked':
      return { ...told, state: 'answers' };
    case 'failed':
      return { ...told, state: 'failed', error: toWireError(fate.error) };
  }
}
