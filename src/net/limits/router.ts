/**
 * Bounds of asking a router to pass connections on. Importers take them from limits.ts, which is the
 * door to all of them.
 */
import { KiB } from './units.js';

/** The first wait for a router's answer; each repetition waits twice as long. */
export const ROUTER_ANSWER_MS = 250;
/** Times that a packet is sent to a router before it counts as silent: 3.75 s in all. */
export const ROUTER_ATTEMPTS = 4;
/** For one answer of a router over HTTP. */
export const ROUTER_HTTP_MS = 3_000;
/** Bytes of such an answer. */
export const MAX_ROUTER_ANSWER_BYTES = 64 * KiB;
/** Places that routers name in answer to one search, and that are looked at. */
export const MAX_ROUTER_PLACES = 4;
/** How long a router is asked to pass a port on. */
export const ROUTER_LEASE_MS = 3_600_000;
/** A lease is renewed after half of its time, and not before this. */
export const ROUTER_RENEW_MIN_MS = 30_000;
/** A router that did not pass a port on is asked again after this. */
export const ROUTER_RETRY_MS = 600_000;
/** Ports that are tried when the one that was asked for is another device's. */
export const MAX_ROUTER_PORT_TRIES = 3;
/** At the end, giving a port back may take so long. */
export const ROUTER_GIVE_BACK_MS = 1_000;
/** Global IPv6 addresses for each of which a router is asked to let others in. */
export const MAX_PINHOLES = 4;
/** Before the tracker is told of these addresses the router is waited for so long. */
export const PINHOLE_WAIT_MS = 500;
/** Routers that are asked. */
export const MAX_ROUTERS = 2;
