/**
 * The messages of a process in the background to the command that started it. Checked on arrival, because the two
 * may be of different versions while p2p is updated.
 */
import * as v from 'valibot';

const said = v.object({ type: v.literal('said'), line: v.string() });
const waiting = v.object({ type: v.literal('waiting'), line: v.string() });
const ready = v.object({
  type: v.literal('ready'),
  line: v.string(),
  value: v.record(v.string(), v.unknown()),
});
const failed = v.object({
  type: v.literal('failed'),
  error: v.object({ code: v.string(), message: v.string() }),
});
const message = v.variant('type', [said, waiting, ready, failed]);

export type LauncherMessage = v.InferOutput<typeof message>;

/** A message of the process in the background; undefined for what this version does not know. */
export function decodeLauncherMessage(received: unknown): LauncherMessage | undefined {
  const parsed = v.safeParse(message, received);
  return parsed.success ? parsed.output : undefined;
}
