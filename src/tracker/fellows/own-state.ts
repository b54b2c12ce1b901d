/**
 * All that a tracker has, in parts of which each fits into a message: device after device, each with what it offers. It is
 * read as it is told, while it changes: what comes meanwhile is told as a change besides.
 */
import { MAX_CHANGES_PER_FELLOW_MESSAGE } from '../../net/limits.js';
import type { HeldDevice } from '../presence/presence-memory.js';
import type { ToldChanges, ToldDevice, ToldOffers } from './bus-codec.js';

/** Yields parts; those of one device are one behind the other. */
export function* ownState(
  own: Iterable<Pick<HeldDevice<object>, 'deviceId' | 'offers'>>,
  toldDevice: (deviceId: string) => ToldDevice | undefined,
  most = MAX_CHANGES_PER_FELLOW_MESSAGE,
): Generator<ToldChanges> {
  let devices: ToldDevice[] = [];
  let offers: ToldOffers[] = [];
  let count = 0;
  const part = (): ToldChanges => {
    const told = { gone: [], devices, offers };
    [devices, offers, count] = [[], [], 0];
    return told;
  };
  for (const device of own) {
    const { deviceId } = device;
    const told = toldDevice(deviceId);
    if (!told) continue;
    devices.push(told);
    if (++count >= most) yield part();
    for (const [groupId, files] of device.offers) {
      let some: ToldOffers['files'] = [];
      for (const [fileId, complete] of files) {
        if (some.length === 0) offers.push({ deviceId, groupId, files: some });
        some.push([fileId, complete ? 'whole' : 'part']);
        if (++count < most) continue;
        yield part();
        some = [];
      }
    }
  }
  yield part();
}
