/** Who speaks for a device: a connection to this tracker, or another tracker to which it is connected. */
import type { TrackerNotification, TrackerNotifications } from '../../net/tracker-api.js';
import type { Notice } from '../notice.js';

export interface DeviceHolder {
  readonly deviceId: string | undefined;
  /** It is connected to this tracker. */
  readonly isHere: boolean;
  /** Where the device is seen. */
  readonly places: readonly string[];
  push<N extends TrackerNotification>(name: N, params: TrackerNotifications[N]): void;
  tell(notice: Notice): void;
  /** Another connection speaks for the device. */
  end(code: string, message: string): void;
}

/** Passes something on to a device that is connected to another tracker; it may be lost. */
export type PassOn = (
  tracker: string,
  deviceId: string,
  call: TrackerNotifications['call'],
) => void;

/** Of a device that is connected to another tracker. */
export class FellowHolder implements DeviceHolder {
  readonly isHere = false;
  readonly tracker: string;
  readonly deviceId: string;
  /** Who came online later has the higher one. */
  readonly stamp: number;
  places: readonly string[];
  /** The last telling of all in which it was named. */
  round = 0;
  readonly #passOn: PassOn;

  constructor(
    tracker: string,
    { deviceId, stamp, places }: Pick<FellowHolder, 'deviceId' | 'stamp' | 'places'>,
    passOn: PassOn,
  ) {
    this.tracker = tracker;
    this.deviceId = deviceId;
    this.stamp = stamp;
    this.places = places;
    this.#passOn = passOn;
  }

  /** Of all that is pushed only calls go from one tracker to another: the rest each one tells its own. */
  push<N extends TrackerNotification>(name: N, params: TrackerNotifications[N]): void {
    if (name !== 'call') return;
    this.#passOn(this.tracker, this.deviceId, params as TrackerNotifications['call']);
  }

  tell(): void {
    // Its own tracker has heard of the same change, and tells it.
  }

  end(): void {
    // Its own tracker hears that the device is here now, and ends the connection.
  }
}
