/**
 * `logout`: ends the session; nothing of the user is served until the next login. With `--device`
 * it ends the logins of another device, with `--all` those of all.
 */
import { TrackerError, UsageError } from '../../net/errors.js';
import { spoken } from '../cli/command-table.js';
import {
  formOf,
  isSwitchedOn,
  textOption,
  type CommandContext,
  type Given,
} from '../cli/command.js';

/** Digits that name a device when no other begins with them: fewer are a slip. */
const LEAST_DIGITS = 4;

export async function run(context: CommandContext, given: Given): Promise<void> {
  const { engine, out } = context;
  const device = textOption(given, 'device');
  const isAll = isSwitchedOn(given, 'all');
  if (device !== undefined && isAll) throw new UsageError('give --device or --all, not both');
  const found = device === undefined ? undefined : await deviceNamed(context, device);
  if (found && !found.isThis) {
    await engine.logoutDevice(found.deviceId);
    return out.result({ deviceId: found.deviceId }, [
      `logged out on ${found.deviceId}; whoever has it serves and sees nothing of yours from now on`,
    ]);
  }
  if (isAll) await engine.logoutDevice(undefined);
  await engine.logout();
  const where = isAll ? ' on all devices' : '';
  out.result({ isEverywhere: isAll }, [
    `logged out${where}; nothing is shared until the next login`,
  ]);
}

async function deviceNamed(context: CommandContext, digits: string) {
  const see = `see ${spoken('devices', formOf(context))}`;
  if (!/^[0-9a-f]{4,64}$/.test(digits)) {
    throw new UsageError(
      `a device is named by its id, or by at least its first ${LEAST_DIGITS} digits; ${see}`,
    );
  }
  const found = (await context.engine.devices()).filter(({ deviceId }) =>
    deviceId.startsWith(digits),
  );
  if (found.length > 1) throw new UsageError('several devices begin with that; give more digits');
  const [device] = found;
  if (device) return device;
  throw new TrackerError('NO_SUCH_DEVICE', `you were never logged in on such a device; ${see}`);
}
