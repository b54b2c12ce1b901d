/** Connections that say they answer a call: taken from the device that was called, and from nobody else. */
import t from 'tap';
import { createCallId } from '../../../src/net/call-id.js';
import { deviceIdOfCredentials } from '../../../src/net/device-identity.js';
import { takeParked } from '../../../src/workers/dialling/parked-sockets.js';
import { listen, memberOf } from './listener-scene.js';

t.test('the device that was called hands its connection over, once', async (t) => {
  const scene = await listen(t, 'tls');
  const [ann, mallory] = [memberOf('ann'), memberOf('mallory')];
  const callId = createCallId();
  const deviceId = deviceIdOfCredentials(ann.credentials);
  scene.tell({ type: 'expect', callId, deviceId, isExpected: true });
  const thief = await scene.dial(mallory);
  thief.send({ type: 'answer', callId });
  t.match(await scene.said.nextOf('closed'), { reason: { code: 'PROTOCOL_VIOLATION' } });
  const called = await scene.dial(ann);
  called.send({ type: 'answer', callId });
  t.match(await scene.said.nextOf('answered'), { callId });
  const twice = await scene.dial(ann);
  twice.send({ type: 'answer', callId });
  t.match(await scene.said.nextOf('closed'), { reason: { code: 'PROTOCOL_VIOLATION' } });
  const socket = takeParked(callId);
  t.ok(socket && !socket.destroyed, 'it waits for its session');
  t.equal(takeParked(callId), undefined, 'which takes it');
  socket?.destroy();
});

t.test('who is expected no more, and who comes in the clear, is let go', async (t) => {
  const ann = memberOf('ann');
  const callId = createCallId();
  const deviceId = deviceIdOfCredentials(ann.credentials);
  for (const transport of ['tls', 'tcp'] as const) {
    const scene = await listen(t, transport);
    scene.tell({ type: 'expect', callId, deviceId, isExpected: true });
    if (transport === 'tls') scene.tell({ type: 'expect', callId, deviceId, isExpected: false });
    const late = await scene.dial(ann);
    late.send({ type: 'answer', callId });
    t.match(await scene.said.nextOf('closed'), { reason: { code: 'PROTOCOL_VIOLATION' } });
  }
});
