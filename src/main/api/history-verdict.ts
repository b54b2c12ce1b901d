/** What came of reading the history of a group through. */
import type { SignedHead } from '../../net/history.js';
import type { KeptHead } from '../home/kept-heads.js';

/**
 * `altered`: an entry is not what its hash says. `missing`: there is none of this number. `misplaced`: it
 * stands where another should. `truncated`: it was there when this was verified before. `rewritten`: up
 * to this number it is another history than it was then. `unsigned`: the tracker's key has not signed it.
 */
export type HistoryFlaw =
  ('altered' | 'missing' | 'misplaced') | ('truncated' | 'rewritten' | 'unsigned');

export type HistoryVerdict =
  | {
      readonly state: 'whole';
      readonly head: SignedHead;
      /** Entries up to this one are gone; 0 while all are kept. */
      readonly dropped: number;
      /**
       * How it goes on from what was verified before. `new`: nothing was. `continued`: it does. `gap`:
       * what lay between is gone. `other-group`: that was another group of this name.
       */
      readonly since: 'new' | 'continued' | 'gap' | 'other-group';
      /** What it was held against. */
      readonly earlier?: KeptHead;
    }
  | {
      readonly state: 'broken';
      readonly flaw: HistoryFlaw;
      /** The number of the first entry of which that is so. */
      readonly seq: number;
      /** Both are signed: who has them can show that the tracker said two things. */
      readonly head: SignedHead;
      readonly earlier?: KeptHead;
    };
