/** Which addresses are of the machine on which this process runs. */
import { networkInterfaces } from 'node:os';

/** True for a literal address of one of this machine's interfaces. */
export function isAddressOfThisMachine(host: string): boolean {
  const all = Object.values(networkInterfaces()).flat();
  return all.some((one) => one?.address === host);
}
