/** How a folder's table lies in bytes; docs/protocol.md, "Folders". */

export const COUNT_BYTES = 4;
/** Flags, two counts of components, and one component of one byte. */
export const MIN_ENTRY_BYTES = 5;
/** Of a size, or of a time. */
export const NUMBER_BYTES = 6;
export const FLAG_EXECUTABLE = 1;
export const FLAG_EMPTY_FOLDER = 2;
