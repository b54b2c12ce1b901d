/** `quit`: leaves the interactive client, which sees the word itself; nothing else to do. */
export function run(): Promise<void> {
  return Promise.resolve();
}
