/**
 * SIGHUP has the gateway show the certificate that is in the named files by then, to whoever comes from then on. One
 * that cannot be used changes nothing, and is told. Owns its handler of the signal.
 */
import { crashOnBug, detach } from '../../net/detach.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { P2pError } from '../../net/errors.js';
import type { ProcessContext } from '../cli/process-context.js';

/** Answers how to hear no more of it. `read` throws P2pError for what cannot be used. */
export function renewOnHangUp(
  read: () => Promise<DeviceCredentials>,
  show: (credentials: DeviceCredentials) => void,
  { out, signal }: Pick<ProcessContext, 'out' | 'signal'>,
): () => void {
  let reading = Promise.resolve();
  const renew = async (): Promise<void> => {
    try {
      show(await read());
      out.note('the certificate that guests are shown was read again');
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      out.note(`guests are shown the certificate of before: ${error.message}`);
    }
  };
  const onHangUp = (): void => {
    // Of a process that somebody sits at it ends it.
    if (signal.aborted) return;
    reading = reading.then(renew);
    detach(() => reading, crashOnBug);
  };
  process.on('SIGHUP', onHangUp);
  return () => process.off('SIGHUP', onHangUp);
}
