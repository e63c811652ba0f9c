// SPDX-License-Identifier: Apache-2.0
// Hold to speak: sound of the microphone goes to the voice node while the button is held.

const RATE_HZ = 16000, PIECE = 2048, SILENCE_PIECES = 8;
const button = document.getElementById('speak');
let socket = null, sound = null, isHeld = false;

export function use(newSocket) { socket = newSocket; }

// Browsers give the microphone to this machine's pages and to https only.
export function offer(isListenedTo) {
  button.hidden = !(isListenedTo && navigator.mediaDevices && window.AudioWorkletNode);
}

function send(data) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(data);
}

async function open() {
  const stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1}});
  const context = new AudioContext({sampleRate: RATE_HZ});
  await context.audioWorklet.addModule('/pieces.js');
  const pieces = new AudioWorkletNode(context, 'pieces', {processorOptions: {piece: PIECE}});
  pieces.port.onmessage = (event) => { if (isHeld) send(event.data); };
  context.createMediaStreamSource(stream).connect(pieces);
  return {stream, context};
}

function show(text) {
  button.setAttribute('aria-pressed', String(isHeld));
  button.textContent = text || (isHeld ? 'Listening …' : 'Hold to speak');
}

async function press() {
  if (isHeld) return;
  isHeld = true;
  show();
  send('hold');
  try {
    if (!sound) sound = open();
    await (await sound).context.resume();
  } catch (error) {
    sound = null;
    isHeld = false;
    send('release');
    show(`No microphone: ${error.message}`);
  }
}

async function release() {
  if (!isHeld) return;
  isHeld = false;
  show();
  // So that the voice node takes the sentence for ended.
  for (let i = 0; i < SILENCE_PIECES; i += 1) send(new Int16Array(PIECE).buffer);
  send('release');
  const {stream, context} = await sound;
  sound = null;
  for (const track of stream.getTracks()) track.stop();
  await context.close();
}

button.addEventListener('pointerdown', press);
for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'blur']) {
  button.addEventListener(name, release);
}
button.addEventListener('keydown', (event) => {
  if ([' ', 'Enter'].includes(event.key) && !event.repeat) { event.preventDefault(); press(); }
});
button.addEventListener('keyup', (event) => {
  if ([' ', 'Enter'].includes(event.key)) { event.preventDefault(); release(); }
});
