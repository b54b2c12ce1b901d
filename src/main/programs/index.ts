/** What the package exports to programs. */
export { connect, type ConnectedClient, type ConnectOptions } from './connect.js';
export { open, type OpenedClient, type OpenOptions } from './open.js';
export * from './told-types.js';
