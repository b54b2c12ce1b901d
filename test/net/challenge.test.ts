import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import {
  deviceIdOfChallenge,
  deviceIdOfReach,
  signChallenge,
  signReach,
} from '../../src/net/challenge.js';
import { createDeviceCredentials, deviceIdOfCredentials } from '../../src/net/device-identity.js';
import { PeerError } from '../../src/net/errors.js';
import { CHALLENGE_BYTES } from '../../src/net/peer-frames.js';
import { codeThrownBy } from './thrown-by.js';

const credentials = createDeviceCredentials();
const nonce = randomBytes(CHALLENGE_BYTES);
const serving = deviceIdOfCredentials(createDeviceCredentials());
const answer = signChallenge(credentials, nonce, serving);

t.test('an answer proves the device that signed it', (t) => {
  const id = deviceIdOfChallenge(nonce, serving, answer.publicKey, answer.signature);
  t.equal(id, deviceIdOfCredentials(credentials));
  t.end();
});

const otherKey = createPublicKey(createDeviceCredentials().keyPem).export({
  type: 'spki',
  format: 'der',
});
const ed25519 = generateKeyPairSync('ed25519');
const refused: readonly (readonly [string, Uint8Array, Uint8Array, Uint8Array])[] = [
  ['an answer to another nonce', randomBytes(CHALLENGE_BYTES), answer.publicKey, answer.signature],
  ['the key of another device', nonce, otherKey, answer.signature],
  ['an empty signature', nonce, answer.publicKey, Buffer.alloc(0)],
  ['an empty key', nonce, Buffer.alloc(0), answer.signature],
  ['a key that is none', nonce, Buffer.from('garbage'), answer.signature],
  [
    'a key of a kind that devices do not have',
    nonce,
    ed25519.publicKey.export({ type: 'spki', format: 'der' }),
    sign(null, nonce, ed25519.privateKey),
  ],
  ['a nonce of another size', nonce.subarray(1), answer.publicKey, answer.signature],
  [
    'a signature over the bare nonce',
    nonce,
    answer.publicKey,
    sign('sha256', nonce, credentials.keyPem),
  ],
];

for (const [what, challenge, publicKey, signature] of refused) {
  t.test(`${what} is refused`, (t) => {
    t.equal(
      codeThrownBy(() => deviceIdOfChallenge(challenge, serving, publicKey, signature)),
      'PEER_IDENTITY',
    );
    t.end();
  });
}

t.test('an answer meant for one serving device proves nothing to another', (t) => {
  const other = deviceIdOfCredentials(createDeviceCredentials());
  t.equal(
    codeThrownBy(() => deviceIdOfChallenge(nonce, other, answer.publicKey, answer.signature)),
    'PEER_IDENTITY',
  );
  t.end();
});

t.test(
  'the proof of where a device serves is good for nothing else, nor anything else for it',
  (t) => {
    const proof = signReach(credentials, nonce);
    t.equal(deviceIdOfReach(nonce, proof), deviceIdOfCredentials(credentials));
    const other = randomBytes(CHALLENGE_BYTES);
    for (const prove of [
      () => deviceIdOfReach(other, proof),
      () => deviceIdOfReach(nonce.subarray(1), proof),
      () => deviceIdOfReach(nonce, answer),
      () => deviceIdOfReach(nonce, { ...proof, publicKey: otherKey }),
      () => deviceIdOfChallenge(nonce, serving, proof.publicKey, proof.signature),
    ]) {
      t.equal(codeThrownBy(prove), 'PEER_IDENTITY');
    }
    t.end();
  },
);

t.test('garbage is a PeerError', (t) => {
  const bytes = fc.uint8Array({ maxLength: 120 });
  fc.assert(
    fc.property(bytes, bytes, (publicKey, signature) => {
      try {
        deviceIdOfChallenge(nonce, serving, publicKey, signature);
        return false;
      } catch (error) {
        return error instanceof PeerError;
      }
    }),
  );
  t.end();
});
