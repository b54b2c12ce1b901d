/** The device key of this client: read or made when first needed, then held. */
import { deviceIdOfCredentials, type DeviceCredentials } from '../../net/device-identity.js';
import { bug } from '../../net/errors.js';
import { findDeviceCredentials, loadDeviceCredentials } from '../home/device-key-file.js';
import type { Home } from '../home/home.js';

export class DeviceKey {
  readonly #home: Home;
  #loading: Promise<DeviceCredentials> | undefined;
  #loaded: DeviceCredentials | undefined;
  /** Working it out from the key takes longer than a small file. */
  #deviceId: Promise<string> | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  /** @throws StorageError when the file is damaged or cannot be read */
  async load(): Promise<DeviceCredentials> {
    this.#loading ??= loadDeviceCredentials(this.#home);
    this.#loaded = await this.#loading;
    return this.#loaded;
  }

  /** The key, once `load` has settled. */
  get loaded(): DeviceCredentials {
    return this.#loaded ?? bug('the device key is used before it is read');
  }

  /** The id if there is a key; none is made. @throws StorageError as `load` */
  async knownDeviceId(): Promise<string | undefined> {
    const isThere = this.#loading !== undefined || (await findDeviceCredentials(this.#home));
    return isThere ? this.deviceId() : undefined;
  }

  deviceId(): Promise<string> {
    this.#deviceId ??= this.load().then(deviceIdOfCredentials);
    return this.#deviceId;
  }
}
