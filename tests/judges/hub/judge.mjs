// The official client judges the hub: node judge.mjs [BINARY of hub_only | its URL]
// Prints a line per check, then "N passed, N failed"; exit 0 only if none failed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { Centrifuge } from 'centrifuge';

const target = process.argv[2] ?? new URL('../../../target/debug/examples/hub_only', import.meta.url).pathname;
let server;
let base = target;
if (!target.startsWith('http')) {
  server = spawn(target, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  server.on('error', (error) => { console.error(`cannot start ${target}: ${error.message}`); process.exit(1); });
  [base] = await once(createInterface({ input: server.stdout }), 'line');
}
const url = `${base.replace('http', 'ws')}/connection/websocket`;

async function post(path, body) {
  const answer = await fetch(base + path, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}
const token = async (user, more = {}) => (await post('/token', { user, ...more })).token;
const publish = (channel, data) => post('/publish', { channel, data });
const fault = (kind, times = 1) => post('/fault', { kind, times });

async function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try { return await Promise.race([promise, late]); } finally { clearTimeout(timer); }
}
const event = (emitter, name, ms = 4000) => within(ms, new Promise((done) => emitter.once(name, done)), name);
async function until(what, holds, ms = 4000) {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(10);
  }
}

const clients = [];
async function client(user, options = {}) {
  const made = new Centrifuge(url, {
    websocket: WebSocket, token: await token(user), minReconnectDelay: 50, maxReconnectDelay: 200,
    maxServerPingDelay: 500, ...options,
  });
  clients.push(made);
  return made;
}
async function connected(user, options) {
  const made = await client(user, options);
  const ready = event(made, 'connected');
  made.connect();
  made.welcome = await ready;
  return made;
}
function subscribed(on, channel, options) {
  const subscription = on.newSubscription(channel, options);
  subscription.got = [];
  subscription.on('publication', (one) => subscription.got.push(one));
  subscription.states = [];
  subscription.on('subscribed', (state) => subscription.states.push(state));
  subscription.subscribe();
  return until(`subscribed ${channel}`, () => subscription.states.length > 0).then(() => subscription);
}
async function refusal(promise) {
  try { await promise; } catch (error) { return error.code; }
  return 'not refused';
}
const channel = ((n) => (prefix) => `${prefix}:${++n}`)(0);

// Frames as they are, without the client.
async function raw(frames) {
  const socket = new WebSocket(url);
  const got = [];
  socket.on('message', (data) => got.push(...data.toString().split('\n')));
  await within(2000, once(socket, 'open'), 'open');
  const closed = once(socket, 'close');
  for (const frame of frames) socket.send(frame);
  return { socket, got, closed: () => within(4000, closed, 'close').then(([code, reason]) => [code, `${reason}`]) };
}

const checks = {
  async 'connects, and is told ping and window'() {
    const one = await connected('ann');
    assert.match(one.welcome.client, /^[0-9a-f-]{36}$/);
    assert.deepEqual(one.welcome.data, { reconnect_window_ms: 2000 });
  },
  async 'receives what is published, in order and numbered'() {
    const name = channel('chat');
    const one = await subscribed(await connected('ann'), name);
    assert.equal(one.states[0].recoverable, true);
    assert.equal(one.states[0].positioned, true);
    for (let n = 1; n <= 50; n += 1) await publish(name, { line: { text: `${n} 珍珠` } });
    await until('50', () => one.got.length === 50);
    assert.deepEqual(one.got.map((p) => [p.offset, p.data.line.text]), [...Array(50).keys()].map((n) => [n + 1, `${n + 1} 珍珠`]));
  },
  async 'a channel without history numbers nothing'() {
    const name = channel('pulse');
    const one = await subscribed(await connected('ann'), name);
    assert.equal(one.states[0].recoverable, false);
    await publish(name, { hearts: { count: 3 } });
    await until('one', () => one.got.length === 1);
    assert.equal(one.got[0].offset, undefined);
  },
  async 'is cut and recovers what it missed, once and in order'() {
    const name = channel('room');
    const on = await connected('ann');
    const one = await subscribed(on, name);
    await publish(name, 1);
    await until('first', () => one.got.length === 1);
    await fault('refuse', 2);
    await fault('cut');
    await event(on, 'connecting');
    for (const n of [2, 3, 4]) await publish(name, n);
    await until('again', () => one.states.length === 2);
    assert.deepEqual([one.states[1].wasRecovering, one.states[1].recovered], [true, true]);
    await publish(name, 5);
    await until('five', () => one.got.length >= 5);
    assert.deepEqual(one.got.map((p) => p.data), [1, 2, 3, 4, 5]);
  },
  async 'loses a gap, and is told'() {
    const name = channel('small');
    const on = await connected('ann');
    const one = await subscribed(on, name);
    await publish(name, 1);
    await until('first', () => one.got.length === 1);
    await fault('refuse', 2);
    await fault('cut');
    await event(on, 'connecting');
    for (const n of [2, 3, 4, 5, 6]) await publish(name, n);
    await until('again', () => one.states.length === 2);
    assert.deepEqual([one.states[1].wasRecovering, one.states[1].recovered], [true, false]);
    assert.equal(one.states[1].streamPosition.offset, 6);
    await publish(name, 7);
    await until('new', () => one.got.length === 2);
    assert.deepEqual(one.got.map((p) => p.data), [1, 7]);
  },
  async 'a stream that was forgotten is another epoch'() {
    const name = channel('room');
    const one = await subscribed(await connected('ann'), name);
    await publish(name, 1);
    await until('first', () => one.got.length === 1);
    await post('/forget', { channel: name });
    await until('again', () => one.states.length === 2);
    assert.equal(one.states[1].recovered, false);
    assert.notEqual(one.states[1].streamPosition.epoch, one.states[0].streamPosition.epoch);
    await publish(name, 2);
    await until('second', () => one.got.length === 2);
  },
  async 'subscribes from a position of a snapshot'() {
    const name = channel('chat');
    const first = await publish(name, 1);
    await publish(name, 2);
    const one = await subscribed(await connected('ann'), name, { since: first });
    await until('one', () => one.got.length === 1);
    assert.deepEqual(one.got.map((p) => p.data), [2]);
  },
  async 'refreshes its token in time and stays'() {
    let asked = 0;
    const on = await connected('ann', {
      token: await token('ann', { expires_in_ms: 2500 }),
      getToken: () => { asked += 1; return token('ann', { expires_in_ms: 60_000 }); },
    });
    let left = 0;
    on.on('connecting', () => { left += 1; });
    await sleep(5000);
    assert.deepEqual([asked, left, on.state], [1, 0, 'connected']);
  },
  async 'a token that ran out is not taken, a new one is'() {
    let asked = 0;
    const on = await client('ann', {
      token: await token('ann', { expires_in_ms: -5000 }),
      getToken: () => { asked += 1; return token('ann'); },
    });
    let error;
    on.on('error', (one) => { error ??= one.error.code; });
    const ready = event(on, 'connected');
    on.connect();
    await ready;
    assert.deepEqual([asked, error], [1, 109]);
  },
  async 'a token that is not refreshed ends the connection'() {
    const on = await connected('ann', { token: await token('ann', { expires_in_ms: 1500 }), getToken: () => sleep(60_000) });
    assert.equal((await event(on, 'connecting', 5000)).code, 3005);
  },
  async 'a bad token is final'() {
    const on = await client('ann', { token: `${await token('ann')}x` });
    const gone = event(on, 'disconnected');
    on.connect();
    assert.equal((await gone).code, 3500);
  },
  async 'own channels need a token for that user and channel'() {
    const on = await connected('ann');
    const none = on.newSubscription('shopper:ann');
    let gone = event(none, 'unsubscribed');
    none.subscribe();
    assert.equal((await gone).code, 103);
    on.removeSubscription(none);
    const bad = on.newSubscription('shopper:ann', { token: `${await token('ann', { channel: 'shopper:ann' })}x` });
    gone = event(bad, 'unsubscribed');
    bad.subscribe();
    assert.equal((await gone).code, 103);
    on.removeSubscription(bad);
    const own = await subscribed(on, 'shopper:ann', { token: await token('ann', { channel: 'shopper:ann' }) });
    await publish('shopper:ann', { offer: 1 });
    await until('offer', () => own.got.length === 1);
    // As Centrifugo: somebody else's token ends the connection.
    const other = on.newSubscription('shopper:bob', { token: await token('bob', { channel: 'shopper:bob' }) });
    gone = event(on, 'disconnected');
    other.subscribe();
    assert.equal((await gone).code, 3500);
  },
  async 'a subscription token is refreshed and the subscription stays'() {
    const on = await connected('ann');
    let asked = 0;
    const own = await subscribed(on, 'group:7', {
      token: await token('ann', { channel: 'group:7', expires_in_ms: 2500 }),
      getToken: () => { asked += 1; return token('ann', { channel: 'group:7', expires_in_ms: 60_000 }); },
    });
    await sleep(4500);
    assert.deepEqual([asked, own.states.length, own.state], [1, 1, 'subscribed']);
  },
  async 'calls: answered, refused, unknown'() {
    const on = await connected('ann');
    assert.deepEqual((await on.rpc('echo', { text: '左边第三颗' })).data, { user: 'ann', data: { text: '左边第三颗' } });
    assert.equal(await refusal(on.rpc('refuse', {})), 1404);
    assert.equal(await refusal(on.rpc('nothing.of.the.sort', {})), 104);
    const many = await Promise.all([...Array(100).keys()].map((n) => on.rpc('echo', n)));
    assert.deepEqual(many.map((one) => one.data.data), [...Array(100).keys()]);
  },
  async 'history: limit, since, reverse'() {
    const name = channel('chat');
    const one = await subscribed(await connected('ann'), name);
    for (const n of [1, 2, 3, 4, 5]) await publish(name, n);
    const { epoch } = one.states[0].streamPosition;
    const page = async (options) => (await one.history(options)).publications.map((p) => p.data);
    assert.deepEqual(await page({ limit: 2 }), [1, 2]);
    assert.deepEqual(await page({ limit: 2, reverse: true }), [5, 4]);
    assert.deepEqual(await page({ limit: 9, since: { offset: 3, epoch } }), [4, 5]);
    assert.deepEqual(await page({ limit: 9, since: { offset: 3, epoch }, reverse: true }), [2, 1]);
    assert.equal((await one.history({ limit: 0 })).offset, 5);
    assert.equal(await refusal(one.history({ limit: 1, since: { offset: 1, epoch: 'other' } })), 112);
  },
  async 'clients do not publish, see who is there, or read where they do not listen'() {
    const on = await connected('ann');
    assert.equal(await refusal(on.publish('chat:1', {})), 103);
    assert.equal(await refusal(on.presence('chat:1')), 108);
    assert.equal(await refusal(on.presenceStats('chat:1')), 108);
    assert.equal(await refusal(on.history('chat:1', { limit: 1 })), 103);
    assert.equal(await refusal(on.history('pulse:1', { limit: 1 })), 108);
    const unknown = on.newSubscription('nonsense:1');
    const gone = event(unknown, 'unsubscribed');
    unknown.subscribe();
    assert.equal((await gone).code, 102);
  },
  async 'leaves a channel and hears no more; the audience is counted'() {
    const name = channel('chat');
    const on = await connected('ann');
    const one = await subscribed(on, name);
    await subscribed(await connected('bob'), name);
    await subscribed(await connected('bob'), name);
    assert.deepEqual(await post('/audience', { channel: name }), { clients: 3, users: 2 });
    one.unsubscribe();
    await until('left', async () => (await post('/audience', { channel: name })).clients === 2);
    await publish(name, 1);
    await on.rpc('echo', 1);
    assert.equal(one.got.length, 0);
  },
  async 'answers pings, and leaves a hub that went silent'() {
    const on = await connected('ann');
    let left = 0;
    on.on('connecting', () => { left += 1; });
    await sleep(3500);
    assert.equal(left, 0, 'pings were answered');
    await fault('silence');
    const gone = await event(on, 'connecting');
    assert.equal(gone.code, 2, 'the client saw no ping');
    await fault('none');
    await event(on, 'connected', 8000);
  },
  async 'closes that mean come back, and that mean stay away'() {
    const on = await connected('ann');
    let gone = event(on, 'connecting');
    await post('/close', { code: 3011 });
    assert.deepEqual((({ code, reason }) => [code, reason])(await gone), [3011, 'force reconnect']);
    await event(on, 'connected');
    gone = event(on, 'disconnected');
    await post('/close', { code: 3503 });
    assert.deepEqual((({ code, reason }) => [code, reason])(await gone), [3503, 'force disconnect']);
  },
  async 'what is no protocol is closed with 3501'() {
    const connect = JSON.stringify({ id: 1, connect: { token: await token('ann') } });
    for (const frames of [['nonsense'], ['{"id":1,"rpc":{"method":"echo"}}'], ['{}'], [''], [connect, '{}'],
      [connect, connect], [connect, '{"id":2}'], [connect, '{"subscribe":{"channel":"live"}}'],
      [connect, '{"id":2,"subscribe":{}}'], [`${connect}\n{"id":2,"sub`]]) {
      const { closed } = await raw(frames);
      assert.deepEqual(await closed(), [3501, 'bad request'], frames.join(' + '));
    }
    const { closed } = await raw([connect, `{"id":2,"rpc":{"data":"${'x'.repeat(70_000)}"}}`]);
    assert.equal((await closed())[0], 1009);
    const binary = await raw([Buffer.from([1, 2, 3])]);
    assert.equal((await binary.closed())[0], 3506);
    const sends = await raw([connect, '{"send":{"data":1}}']);
    assert.equal((await sends.closed())[0], 3508);
  },
  async 'many commands in one frame'() {
    const { got, socket } = await raw([[
      JSON.stringify({ id: 1, connect: { token: await token('ann') } }),
      '{"id":2,"subscribe":{"channel":"chat:batch"}}', '{"id":3,"subscribe":{"channel":"chat:batch"}}',
      '{"id":4,"rpc":{"method":"echo","data":1}}',
    ].join('\n')]);
    await until('replies', () => got.length === 4);
    const replies = got.map((line) => JSON.parse(line));
    assert.deepEqual(replies.map((one) => one.id), [1, 2, 3, 4]);
    assert.deepEqual(replies[2].error, { code: 105, message: 'already subscribed' });
    socket.terminate();
  },
  async 'a frame that arrives broken is seen as broken'() {
    const connect = JSON.stringify({ id: 1, connect: { token: await token('ann') } });
    for (const kind of ['truncate', 'garbage']) {
      await fault(kind);
      const { got, socket } = await raw([connect]);
      await until('frame', () => got.length === 1);
      assert.throws(() => JSON.parse(got[0]), SyntaxError);
      socket.terminate();
    }
  },
};

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  const started = Date.now();
  try {
    await check();
    passed += 1;
    console.log(`ok    ${name} (${Date.now() - started} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
  for (const one of clients.splice(0)) one.disconnect();
  await fault('none');
}
console.log(`${passed} passed, ${failed} failed`);
server?.kill();
process.exit(failed === 0 ? 0 : 1);
