// SPDX-License-Identifier: Apache-2.0
// The boxes and buttons: what a person asks for, and what became of it.  Texts of others are only
// ever set as text.

const $ = (id) => document.getElementById(id);
let known = [];

async function post(name, body) {
  try {
    const response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    return response.ok ? answer : {error: answer.error || `refused (${response.status})`};
  } catch {
    return {error: 'the stack cannot be reached; is it running?'};
  }
}

function tell(id, text, isBad = false) {
  $(id).textContent = text;
  $(id).classList.toggle('bad', isBad);
}

async function say(kind) {
  const text = $('text').value.trim();
  if (!text) { tell('talk-answer', 'Write something first.', true); $('text').focus(); return; }
  const answer = await post('say', {text, kind});
  if (answer.error) { tell('talk-answer', answer.error, true); return; }
  tell('talk-answer', kind === 'ask' ? 'asked' : 'sent');
  $('text').value = '';
}

async function consider(onIdea) {
  const text = $('text').value.trim();
  if (!text) { tell('talk-answer', 'Write what you would say first.', true); return; }
  tell('talk-answer', 'thinking …');
  const answer = await post('consider', {text});
  if (answer.error || !answer.plan) {
    tell('talk-answer', `If you said "${text}": ${answer.error || answer.reason}`, true);
    onIdea(null);
    return;
  }
  const speeds = answer.plan.speeds, last = speeds[speeds.length - 1];
  const aside = answer.plan.path[answer.plan.path.length - 1][1];
  const cap = answer.plan.max_speed;
  const words = [`If you said "${text}": ${answer.reason}`, answer.reply,
    `in 2.5 s at ${last.toFixed(1)} m/s`, cap === null ? '' : `not above ${cap.toFixed(1)} m/s`,
    Math.abs(aside) < 1 ? 'straight on'
      : `${Math.abs(aside).toFixed(1)} m to the ${aside > 0 ? 'left' : 'right'} at its end`];
  tell('talk-answer', words.filter(Boolean).join(', ') + '. Shown in yellow, not driven.');
  onIdea(answer.plan);
}

async function stop() {
  const isOn = $('stop').getAttribute('aria-pressed') !== 'true';
  const answer = await post('stop', {stop: isOn});
  if (answer.error) { tell('talk-answer', `Emergency stop: ${answer.error}`, true); return; }
  showStop(isOn);
}

export function showStop(isOn) {
  $('stop').setAttribute('aria-pressed', String(isOn));
  $('stop').textContent = isOn ? 'Let the car drive again' : 'Emergency stop';
}

async function world(action) {
  const answer = await post('world', {action});
  tell('world-answer', answer.error || '', Boolean(answer.error));
}

export function showWorld(message) {
  $('pause').setAttribute('aria-pressed', String(message.paused));
  $('pause').textContent = message.paused ? 'Play' : 'Pause';
}

async function begin(event) {
  event.preventDefault();
  tell('world-answer', 'beginning …');
  const answer = await post('episode', {
    route: $('route').value.trim(), situation: $('situation').value,
    seed: Number($('seed').value) || 0,
  });
  tell('world-answer', answer.error || `${answer.route} has begun`, Boolean(answer.error));
}

export function showHello(message) {
  $('lockstep').hidden = !message.lockstep;
  $('no-lockstep').hidden = message.lockstep;
}

export function showEpisode(message) {
  const situations = message.situations.join(', ') || 'free driving';
  $('running').textContent = `Now: ${message.route}, ${situations}, seed ${message.seed}`;
  if (known.join() === message.known_routes.join()) return;
  known = message.known_routes;
  $('routes').replaceChildren(...known.map((name) => new Option(name, name)));
  $('situation').replaceChildren(new Option('of the route', ''),
    ...message.known_situations.map((name) => new Option(name.replaceAll('_', ' '), name)));
  if (!$('route').value) $('route').value = message.route;
}

export function showInstruction(message) {
  const list = $('instructions'), key = `i-${message.id}`;
  let item = [...list.children].find((child) => child.dataset.key === key);
  if (!item) {
    item = document.createElement('li');
    item.dataset.key = key;
    list.prepend(item);
    while (list.children.length > 30) list.lastChild.remove();
  }
  const newest = message.states[message.states.length - 1];
  const state = document.createElement('span');
  state.className = 'state';
  state.textContent = newest ? newest.state : 'sent';
  const parts = [`${message.question ? '?' : '“'} ${message.text}${message.question ? '' : ' ”'} – `,
    state];
  if (newest && newest.reason) parts.push(`: ${newest.reason}`);
  for (const reply of message.states.map((entry) => entry.reply).filter(Boolean).slice(-1)) {
    const line = document.createElement('span');
    line.className = 'reply';
    line.textContent = reply;
    parts.push(line);
  }
  item.replaceChildren(...parts);
}

export function showDiagnostics(message) {
  const names = ['ok', 'warning', 'error', 'stale'];
  $('diagnostics-count').textContent = message.lines.length
    ? `${message.lines.length} to look at` : 'nothing to report';
  $('diagnostics').replaceChildren(...message.lines.map(([level, name, text]) => {
    const item = document.createElement('li');
    item.textContent = `${names[level] || level}: ${name}: ${text}`;
    return item;
  }));
}

export function start(onIdea) {
  $('talk').addEventListener('submit', (event) => {
    event.preventDefault();
    say($('text').value.trim().endsWith('?') ? 'ask' : 'instruct');
  });
  $('ask').addEventListener('click', () => say('ask'));
  $('consider').addEventListener('click', () => consider(onIdea));
  $('text').addEventListener('input', () => onIdea(null));
  const cancel = async () => {
    const answer = await post('cancel', {});
    tell('talk-answer', answer.error || 'cancel sent', Boolean(answer.error));
  };
  $('cancel').addEventListener('click', cancel);
  $('stop').addEventListener('click', stop);
  const togglePause = () =>
    world($('pause').getAttribute('aria-pressed') === 'true' ? 'play' : 'pause');
  $('pause').addEventListener('click', togglePause);
  $('step').addEventListener('click', () => world('step'));
  $('episode').addEventListener('submit', begin);
  const keys = {KeyX: stop, KeyC: cancel, KeyP: togglePause, KeyS: () => world('step')};
  addEventListener('keydown', (event) => {
    if (event.altKey && event.shiftKey && keys[event.code]) {
      event.preventDefault();
      keys[event.code]();
    } else if (event.key === '/' && !/INPUT|SELECT/.test(document.activeElement.tagName)) {
      event.preventDefault();
      $('text').focus();
    }
  });
}
