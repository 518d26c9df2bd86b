// The official client listens to a room's chat: node official.mjs WS_URL TOKEN. Prints a line of JSON for each
// subscription that came about and for each text that came.
import WebSocket from 'ws';
import { Centrifuge } from 'centrifuge';

const [url, token] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const client = new Centrifuge(url, { websocket: WebSocket, token });
const chat = client.newSubscription('chat:pearls');
chat.on('subscribed', ({ wasRecovering, recovered }) => say({ subscribed: { wasRecovering, recovered } }));
chat.on('publication', ({ data }) => {
  const lines = data.line ? [data.line] : data.lines ?? [];
  for (const { text } of lines) say({ text });
  for (const [, , , text] of data.batch?.lines ?? []) say({ text });
});
chat.subscribe();
client.connect();
