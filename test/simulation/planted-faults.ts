/**
 * Faults to plant in the owners that are simulated, and the checks that must find each: a check that
 * finds nothing when something is wrong is worth nothing.
 */
import { FileWatches } from '../../src/main/account/file-watches.js';
import { DialRules } from '../../src/main/downloads/dial-rules.js';
import { Assignments } from '../../src/main/swarm/assignments.js';
import { LatePieceFinder } from '../../src/main/swarm/late-pieces.js';
import { PeerQueue } from '../../src/main/swarm/peer-queue.js';
import { Swarm } from '../../src/main/swarm/swarm.js';
import { MemoryPresence } from '../../src/tracker/presence/presence-memory.js';
import { Watches } from '../../src/tracker/presence/watches.js';
import { PieceSlots } from '../../src/workers/memory/piece-slots.js';
import { RequestPipeline } from '../../src/workers/fetching/request-pipeline.js';
import { UploadTurns } from '../../src/workers/serving/upload-turns.js';
import type { CheckName } from './checks.js';
import { SimWriter } from './sim-disk.js';

/** Puts something else in the place of a method; answers what puts it back. */
type Planted = () => void;

export interface PlantedFault {
  readonly name: string;
  /** One of these finds it. */
  readonly foundBy: readonly CheckName[];
  plant(): Planted;
}

function replace<T extends object, K extends keyof T>(owner: T, method: K, by: T[K]): Planted {
  const before = owner[method];
  owner[method] = by;
  return () => (owner[method] = before);
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'a piece that does not match its hash is kept',
    foundBy: ['wrong-byte'],
    plant: () => replace(SimWriter.prototype, 'isRight', () => true),
  },
  {
    name: 'two pieces are put together in the same slot',
    foundBy: ['wrong-byte'],
    plant() {
      const undo = replace(PieceSlots.prototype, 'acquire', (length) => ({ at: 0, length }));
      const undoRelease = replace(PieceSlots.prototype, 'release', () => {});
      return () => (undo(), undoRelease());
    },
  },
  {
    name: 'a piece that comes back is not fetched again',
    foundBy: ['waiting', 'stall', 'unfinished'],
    plant: () =>
      replace(Assignments.prototype, 'giveBack', ({ queue }, piece, nowMs) => {
        queue.settle(piece, nowMs);
      }),
  },
  {
    name: 'the pieces of a peer that is gone stay assigned to it',
    foundBy: ['waiting', 'stall', 'unfinished', 'crash'],
    plant: () => replace(Assignments.prototype, 'giveBackAll', () => {}),
  },
  {
    name: 'a silent peer keeps its pieces',
    foundBy: ['stall'],
    plant() {
      const undoFind = replace(LatePieceFinder.prototype, 'find', () => undefined);
      const undoTick = replace(Swarm.prototype, 'onTick', () => {});
      return () => (undoFind(), undoTick());
    },
  },
  {
    name: 'a late piece stays with the slow peer',
    foundBy: ['waiting'],
    plant: () => replace(LatePieceFinder.prototype, 'find', () => undefined),
  },
  {
    name: 'who sends bad pieces is not banned, and is asked for them again',
    foundBy: ['waste', 'unfinished'],
    plant: () =>
      replace(Swarm.prototype, 'onBad', function (this: Swarm, peerKey, piece, nowMs) {
        this.onReturned(peerKey, [piece], false, nowMs);
      }),
  },
  {
    name: 'a banned device is dialled again',
    foundBy: ['crash'],
    plant: () => replace(Swarm.prototype, 'isBanned', () => false),
  },
  {
    name: 'an address is dialled once and never again',
    foundBy: ['unfinished'],
    plant() {
      const dialled = new WeakMap<DialRules, Set<string>>();
      const undoDial = replace(DialRules.prototype, 'onDial', function (this: DialRules, _, id) {
        dialled.set(this, (dialled.get(this) ?? new Set()).add(id));
      });
      const undoPermitted = replace(
        DialRules.prototype,
        'permitted',
        function (this: DialRules, { deviceId, addresses }) {
          return dialled.get(this)?.has(deviceId) === true ? [] : [...addresses];
        },
      );
      return () => (undoDial(), undoPermitted());
    },
  },
  {
    name: 'a piece that is given back is fetched all the same',
    foundBy: ['crash'],
    plant: () =>
      replace(RequestPipeline.prototype, 'recall', (pieces) => ({
        returned: [...pieces],
        cancelled: [],
      })),
  },
  {
    name: 'one user gets every turn',
    foundBy: ['fairness'],
    plant: () => replace(UploadTurns.prototype, 'onServed', () => {}),
  },
  {
    name: 'every piece counts as late, so all fetch the same',
    foundBy: ['waste'],
    plant: () => replace(PeerQueue.prototype, 'etaMs', () => 1e9),
  },
  {
    name: 'what is announced is forgotten',
    foundBy: ['presence'],
    plant: () => replace(MemoryPresence.prototype, 'announce', () => true),
  },
  {
    name: 'watchers are not told who came',
    foundBy: ['unfinished'],
    plant: () => replace(Watches.prototype, 'onPresenceChanged', () => {}),
  },
  {
    name: 'a tracker that is back is not asked again',
    foundBy: ['unfinished'],
    plant: () => replace(FileWatches.prototype, 'onTrackerBack', async () => {}),
  },
];
