/**
 * Calls: a member who wants a file of a device that it cannot dial has the device come to it. What the
 * device is told to dial is where the tracker itself found the caller, so that nobody can be sent to a
 * stranger. Nothing is stored; whether the caller's ticket is good the two see for themselves.
 */
import { TrackerError } from '../../net/errors.js';
import type { PeerAddress, TrackerMethods } from '../../net/tracker-api.js';
import { deviceOf, type Call, type Handler, type Handlers } from '../context.js';
import { inMemberLook } from '../member-turn.js';

type Wanted = TrackerMethods['call']['params'];
type Answer = TrackerMethods['call']['result'];

const call: Handler<'call'> = async (request, params) => {
  deviceOf(request.session);
  return inMemberLook(request, params.groupId, async ({ userId }) =>
    place(request, params, userId),
  );
};

function place({ context, session }: Call, params: Wanted, userId: string): Answer {
  const { groupId, fileId, deviceId: called, callId, way } = params;
  const caller = deviceOf(session);
  const { presence } = context;
  const peer = presence.peer(groupId, fileId, called, session.places);
  const holder = presence.holderOf(called);
  if (peer?.calls !== true || !holder || called === caller) return { outcome: 'absent' };
  const wanted = { userId, source: session.address, caller, called };
  if (!context.calls.take(wanted, context.steadyMs())) {
    throw new TrackerError('LIMIT_REACHED', 'too many calls; try again in a minute');
  }
  const told = { groupId, userId, deviceId: caller, callId };
  if (way === 'relay') {
    const pair = { users: [userId, peer.userId], devices: [caller, called] } as const;
    const relayKey = context.relay?.plan(pair);
    if (relayKey === undefined) return { outcome: 'unrelayed' };
    holder.push('call', { ...told, relayKey });
    return { outcome: 'called', relayKey };
  }
  const addresses = provenFor(context, caller, holder.places);
  if (addresses.length === 0) return { outcome: 'unreached' };
  holder.push('call', { ...told, addresses });
  return { outcome: 'called' };
}

/** Where the caller proved its key, as somebody may be told who is seen at these places. */
function provenFor(
  { presence, reach }: Call['context'],
  caller: string,
  places: readonly string[],
): readonly PeerAddress[] {
  return reach.provenOf(caller, presence.addressesOf(caller, places));
}

export const callHandlers = { call } satisfies Partial<Handlers>;
