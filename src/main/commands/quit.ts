/** `quit`: leaves the interactive client, which sees the word itself; nothing else to do. */
export async function run(): Promise<void> {}
