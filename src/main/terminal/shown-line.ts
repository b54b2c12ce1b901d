/** A line that is fit to be printed. */
import { display } from '../../net/display.js';

/** Room for the longest path that Linux knows, and a sentence around it. */
const MAX_SHOWN_CHARACTERS = 8_192;

/** Makes a line fit to be printed, whatever names from outside it contains. */
export function shownLine(line: string): string {
  return display(line, MAX_SHOWN_CHARACTERS);
}
