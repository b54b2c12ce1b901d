/** Says how the addresses of a tracker fared, where it has several. Pure. */
import { display } from '../../net/display.js';
import type { ToldTrackerAddress } from '../api/told-tracker-address.js';

/** No line where there is one address alone: all that is said of the tracker is of that. */
export function trackerAddressLines(told: readonly ToldTrackerAddress[]): string[] {
  if (told.length < 2) return [];
  const texts = told.map((one) => `${display(one.address)} (${stateText(one)})`);
  return [`tracker addresses: ${texts.join(', ')}`];
}

function stateText({ state, from, error }: ToldTrackerAddress): string {
  const whose = from === 'tracker' ? ', as it says' : '';
  switch (state) {
    case 'used':
      return `used${whose}`;
    case 'answers':
      return `answers${whose}`;
    case 'untried':
      return `not tried${whose}`;
    case 'failed':
      return `${error?.code === 'IDENTITY_CHANGED' ? 'another tracker is there' : 'did not answer'}${whose}`;
  }
}
