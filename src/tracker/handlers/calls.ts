/**
 * Calls: a member who wants a file of a device that it cannot dial has the device come to it. What the
 * device is told to dial is where the tracker itself found the caller, so that nobody can be sent to a
 * stranger. Nothing is stored; whether the caller's ticket is good the two see for themselves.
 */
import { TrackerError } from '../../net/errors.js';
import { createRelayKey } from '../../net/relay/relay-opening.js';
import {
  TRACKERS_RELAY,
  type PeerAddress,
  type RelayTold,
  type TrackerMethods,
} from '../../net/tracker-api.js';
import { deviceOf, type Call, type Handler, type Handlers } from '../context.js';
import { inMemberLook } from '../member-turn.js';
import type { WantedCall } from '../reach/call-allowance.js';

type Wanted = TrackerMethods['call']['params'];
type Answer = TrackerMethods['call']['result'];

const call: Handler<'call'> = async (request, params) => {
  deviceOf(request.session);
  return inMemberLook(request, params.groupId, async ({ userId }) =>
    place(request, params, userId),
  );
};

function place({ context, session }: Call, params: Wanted, userId: string): Answer {
  const { groupId, fileId, deviceId: called, callId, way, without = [] } = params;
  const caller = deviceOf(session);
  const { presence, callCounts } = context;
  const peer = presence.peer(groupId, fileId, called, session.places);
  const holder = presence.holderOf(called);
  if (peer?.calls !== true || !holder || called === caller) return { outcome: 'absent' };
  const told = { groupId, userId, deviceId: caller, callId };
  // Before anything is looked for or planned, or who may not call any more could fill the relay.
  requireAllowed(context, session, { userId, caller, called });
  if (way === 'direct') {
    const addresses = foundFor(context, caller, holder.places);
    if (addresses.length === 0) return { outcome: 'unreached' };
    holder.push('call', { ...told, addresses });
    callCounts.onPassedOn('direct');
    return { outcome: 'called' };
  }
  const pair = { users: [userId, peer.userId], devices: [caller, called] } as const;
  // Both have to be here to meet here.
  const mayMeetHere = holder.isHere && !without.includes(TRACKERS_RELAY);
  const planned = mayMeetHere ? context.relay?.plan(pair) : undefined;
  if (planned !== undefined) {
    holder.push('call', { ...told, relayKey: planned });
    callCounts.onPassedOn('relay');
    return { outcome: 'called', relayKey: planned };
  }
  const both = [session.places, holder.places] as const;
  const met = memberRelayFor(context, groupId, [...pair.devices, ...without], both);
  if (!met) return { outcome: 'unrelayed' };
  const relayKey = createRelayKey();
  holder.push('call', { ...told, relayKey, relay: met.forCalled });
  callCounts.onPassedOn('member-relay');
  return { outcome: 'called', relayKey, relay: met.forCaller };
}

/** @throws TrackerError LIMIT_REACHED */
function requireAllowed(
  context: Call['context'],
  { address: source }: Call['session'],
  who: Pick<WantedCall, 'userId' | 'caller' | 'called'>,
): void {
  if (context.calls.take({ ...who, source }, context.steadyMs())) return;
  throw new TrackerError('LIMIT_REACHED', 'too many calls; try again in a minute');
}

/** A member of the group who relays, and where each of the two finds it. */
function memberRelayFor(
  context: Call['context'],
  groupId: string,
  without: readonly string[],
  [callersPlaces, calledsPlaces]: readonly [readonly string[], readonly string[]],
): { readonly forCaller: RelayTold; readonly forCalled: RelayTold } | undefined {
  const { memberRelays, presence, sessions } = context;
  return memberRelays.choose(sessions.membersInTurn(groupId), (session, userId) => {
    const { deviceId } = session;
    if (deviceId === undefined || without.includes(deviceId)) return undefined;
    if (!presence.isHolder(deviceId, session)) return undefined;
    const toldAt = (places: readonly string[]): RelayTold => ({
      ...{ userId, deviceId },
      addresses: foundFor(context, deviceId, places),
    });
    const told = { forCaller: toldAt(callersPlaces), forCalled: toldAt(calledsPlaces) };
    const isReached = [told.forCaller, told.forCalled].every(
      ({ addresses }) => addresses.length > 0,
    );
    return isReached ? told : undefined;
  });
}

/** Where a device proved its key, as somebody may be told who is seen at these places. */
function foundFor(
  { presence, reach }: Call['context'],
  deviceId: string,
  places: readonly string[],
): readonly PeerAddress[] {
  return reach.foundAt(deviceId, presence.addressesOf(deviceId, places));
}

export const callHandlers = { call } satisfies Partial<Handlers>;
