// SPDX-License-Identifier: Apache-2.0
// The connection, and what is shown of each message.

import {SHOWN_S, drawCamera, drawCurves, drawTop} from './drawing.js';
import * as microphone from './microphone.js';
import * as talk from './talk.js';

const $ = (id) => document.getElementById(id);
const HEADER_BYTES = 48, CAMERA = 0;
const SILENT_S = 2, IDEA_MS = 15000, TEXT_PERIOD_MS = 500;
let plan = null, idea = null, route = [], top_ = null, pose = null;
let history = [], trail = [], lastText = 0, lastMessage = 0, images = 0, decoding = [false, false];

talk.start((considered) => {
  idea = considered;
  if (considered) setTimeout(() => { if (idea === considered) idea = null; }, IDEA_MS);
});

function connect(wait) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/live`);
  socket.binaryType = 'arraybuffer';
  microphone.use(socket);
  socket.onopen = () => {
    wait = 500;
    $('connection').classList.remove('lost');
    $('connection').textContent = 'connected';
  };
  socket.onmessage = (event) => {
    lastMessage = performance.now();
    if (typeof event.data === 'string') show(JSON.parse(event.data));
    else showImage(event.data);
  };
  socket.onclose = () => {
    $('connection').classList.add('lost');
    $('connection').textContent = 'connection lost; trying again …';
    setTimeout(() => connect(Math.min(wait * 2, 5000)), wait);
  };
}

const shows = {
  hello: talk.showHello,
  state: showState,
  plan: (message) => { plan = message; },
  route: (message) => { route = message.points; },
  commentary: showCommentary,
  instruction: talk.showInstruction,
  world: talk.showWorld,
  episode: talk.showEpisode,
  diagnostics: talk.showDiagnostics,
  new_episode: forget,
};

function show(message) {
  if (Object.hasOwn(shows, message.type)) shows[message.type](message);
}

function forget() {
  plan = idea = top_ = null;
  history = [];
  trail = [];
}

async function showImage(data) {
  const view = new DataView(data), kind = view.getUint8(0);
  if (decoding[kind]) return;
  decoding[kind] = true;
  try {
    const number = (index) => view.getFloat64(8 + 8 * index, true);
    const place = [number(1), number(2), number(3)], focal = number(4);
    const bitmap = await createImageBitmap(
      new Blob([new Uint8Array(data, HEADER_BYTES)], {type: 'image/jpeg'}));
    if (kind === CAMERA) {
      drawCamera($('camera'), bitmap, place, focal, plan, idea);
      images += 1;
      $('camera').dataset.images = images;
      bitmap.close();
    } else {
      if (top_) top_.bitmap.close();
      top_ = {bitmap, pose: place, at: performance.now()};
    }
  } finally {
    decoding[kind] = false;
  }
}

function showState(message) {
  pose = message.pose;
  microphone.offer(message.hears);
  if (message.t_s !== null) {
    const last = history[history.length - 1];
    if (!last || message.t_s > last.t_s) history.push(message);
    while (history.length && history[0].t_s < message.t_s - SHOWN_S) history.shift();
    if (pose) trail.push([pose[0], pose[1]]);
    if (trail.length > 600) trail.shift();
  }
  if (document.hidden) return;
  drawTop($('top'), top_, pose, plan, idea, route, trail);
  drawCurves($('curves'), history);
  showSafety(message);
  if (performance.now() - lastText > TEXT_PERIOD_MS) {
    lastText = performance.now();
    showNumbers(message);
  }
}

// Screen readers speak what changes, so nothing is set again that is the same.
function set(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

function showSafety(message) {
  const safety = message.safety, isSilent = message.silent.control > SILENT_S;
  const stopped = 'somebody has asked for an emergency stop';
  if (!safety || isSilent) {
    set('level', safety ? 'no safety state any more' : 'no safety state');
    set('reasons', 'control does not run, or the world stands');
    $('safety').dataset.level = 'none';
    return;
  }
  set('level', safety.words);
  set('reasons', safety.reasons.join('; '));
  $('safety').dataset.level = safety.level;
  talk.showStop(safety.reasons.includes(stopped));
}

function showNumbers(message) {
  const text = (value, digits, unit) =>
    value === null || value === undefined ? '–' : `${value.toFixed(digits)}${unit}`;
  set('n-speed', message.speed === null ? '–'
    : `${text(message.speed, 1, ' m/s')} (${text(message.speed * 3.6, 0, ' km/h')})`);
  set('n-throttle', text(message.throttle, 2, ''));
  set('n-brake', text(message.brake, 2, ''));
  set('n-steer', message.steer === null ? '–'
    : `${Math.abs(message.steer).toFixed(2)} ${message.steer >= 0 ? 'left' : 'right'}`);
  set('n-age', message.plan_age === null ? '–' : text(message.plan_age * 1000, 0, ' ms'));
  set('n-policy', plan ? plan.policy : '–');
  set('n-progress', message.progress === null ? '–' : text(message.progress * 100, 0, ' %'));
  set('n-time', text(message.t_s, 1, ' s'));
  set('active', message.active || 'none');
  const silent = Object.entries(message.silent).filter(([, age]) => age > SILENT_S)
    .map(([name, age]) => `${name} silent for ${age.toFixed(0)} s`);
  set('camera-note', silent.join(', '));
  $('camera').setAttribute('aria-label', `Camera image with path and speed waypoints, `
    + `${images ? text(message.speed, 1, ' m/s') : 'none yet'}`);
}

function showCommentary(message) {
  if (message.growing) { $('growing').textContent = message.text; return; }
  $('growing').textContent = '';
  set('commentary', message.text || '–');
}

connect(500);
