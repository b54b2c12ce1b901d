/** What `@p2p-groups/cli/client` exports: using a client that runs, without the code of an engine. */
export { connect, type ConnectedClient, type ConnectOptions } from './connect.js';
export * from './told-types.js';
