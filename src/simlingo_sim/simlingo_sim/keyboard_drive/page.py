# SPDX-License-Identifier: Apache-2.0
"""The web page: image stream, keys, and a script that sends them."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>simlingo drive</title>
<style>
  body { background: #15171a; color: #d7dadf; font: 16px sans-serif; text-align: center }
  img { width: min(100%, 1280px); background: #000 }
  kbd { background: #2c3037; border-radius: 4px; padding: 2px 8px; margin: 0 2px }
</style>
<img src="/stream.mjpg" alt="camera image">
<p>
  <kbd>&uarr;</kbd><kbd>W</kbd> go &ensp; <kbd>&darr;</kbd><kbd>S</kbd> slow, back &ensp;
  <kbd>&larr;</kbd><kbd>A</kbd> <kbd>&rarr;</kbd><kbd>D</kbd> steer &ensp;
  <kbd>space</kbd> brake &ensp; <kbd>P</kbd> expert &ensp; <kbd>C</kbd> camera &ensp;
  <kbd>Q</kbd> quit
</p>
<p id="state">click here, then drive</p>
<script>
const names = {
  ArrowUp: 'forward', KeyW: 'forward', ArrowDown: 'back', KeyS: 'back',
  ArrowLeft: 'left', KeyA: 'left', ArrowRight: 'right', KeyD: 'right',
  Space: 'brake', KeyP: 'expert', KeyC: 'view', KeyQ: 'quit',
};
const once = new Set(['expert', 'view', 'quit']);
const held = new Set();
const state = document.getElementById('state');
function send(key, down) {
  fetch('/key', {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({key, down}),
  }).then(() => { state.textContent = ''; },
          () => { state.textContent = 'the episode has ended'; });
}
addEventListener('keydown', (event) => {
  const key = names[event.code];
  if (!key || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (event.repeat) return;
  if (!once.has(key)) held.add(key);
  send(key, true);
});
addEventListener('keyup', (event) => {
  const key = names[event.code];
  if (held.delete(key)) send(key, false);
});
addEventListener('blur', () => { held.forEach((key) => send(key, false)); held.clear(); });
setInterval(() => held.forEach((key) => send(key, true)), 120);
</script>
</html>
"""
