/** A thread that plays a part of the seeds of a run and says once what they came to. */
import { parentPort, workerData } from 'node:worker_threads';
import { playSeeds, type SeedRange } from './play-seeds.js';

parentPort?.postMessage(await playSeeds(workerData as SeedRange));
