// SPDX-License-Identifier: Apache-2.0
// Draws the camera image, the view from above and the curves; knows nothing of the connection.
// Frames: map and base_link of REP-103 (x forward, y left); poses are [x, y, yaw].

const CAMERA_X_M = -1.5, CAMERA_HEIGHT_M = 2.0;
const TRAINING_FOCAL = 1 / (2 * Math.tan((110 / 2) * Math.PI / 180));
const TOP_WIDTH_M = 60, TOP_AHEAD_M = 12;
const SHOWN_S = 30;
const PATH = '#ff6a5c', TARGET = '#6aa3ff', IDEA = '#f0c24a', ROUTE = '#8b93a1';

export function toMap(pose, points) {
  const c = Math.cos(pose[2]), s = Math.sin(pose[2]);
  return points.map(([x, y]) => [pose[0] + c * x - s * y, pose[1] + s * x + c * y]);
}

export function toBase(pose, points) {
  const c = Math.cos(pose[2]), s = Math.sin(pose[2]);
  return points.map(([x, y]) => {
    const dx = x - pose[0], dy = y - pose[1];
    return [c * dx + s * dy, -s * dx + c * dy];
  });
}

function speedColor(speed) {
  return `hsl(${Math.min(Math.max(speed / 12, 0), 1) * 120} 90% 55%)`;
}

function dot(context, x, y, radius, color) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
}

// The plan, and the one that is only considered, as dots in base_link of a pose; place() turns
// a point into pixels or null.
function drawPlan(context, pose, plan, idea, place, scale) {
  const put = (points, radius, color) => points.forEach((point, index) => {
    const pixel = place(point);
    if (pixel) dot(context, pixel[0], pixel[1], radius * scale, color(index));
  });
  if (plan) {
    const seen = (points) => toBase(pose, toMap(plan.pose, points));
    put(seen(plan.targets), 5, () => TARGET);
    put(seen(plan.path), 3, () => PATH);
    put(seen(plan.waypoints), 3, (index) => speedColor(plan.speeds[index]));
  }
  if (idea) {
    const seen = (points) => toBase(pose, toMap(idea.pose, points));
    put(seen(idea.path), 2.5, () => IDEA);
    put(seen(idea.waypoints), 4.5, () => IDEA);
  }
}

export function drawCamera(canvas, bitmap, pose, focal, plan, idea) {
  const width = canvas.width;
  const height = Math.round(width * bitmap.height / bitmap.width);
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0, width, height);
  const focalPx = (focal || TRAINING_FOCAL) * width;
  drawPlan(context, pose, plan, idea, ([x, y]) => {
    const depth = x - CAMERA_X_M;
    if (depth < 0.5) return null;
    return [width / 2 - focalPx * y / depth, height / 2 + focalPx * CAMERA_HEIGHT_M / depth];
  }, 1);
}

export function drawTop(canvas, top, pose, plan, idea, route, trail) {
  const context = canvas.getContext('2d'), side = canvas.width, scale = side / TOP_WIDTH_M;
  context.fillStyle = '#20242b';
  context.fillRect(0, 0, side, side);
  const isFresh = top && performance.now() - top.at < 2000;
  // The image is shown in its own pose; everything else is drawn where it was then.
  const from = isFresh ? top.pose : pose;
  if (isFresh) context.drawImage(top.bitmap, 0, 0, side, side);
  if (!from) return;
  const place = ([x, y]) => [side / 2 - y * scale, side / 2 - (x - TOP_AHEAD_M) * scale];
  const line = (points, color, width) => {
    context.beginPath();
    toBase(from, points).forEach((point, index) => {
      const [x, y] = place(point);
      if (index) context.lineTo(x, y); else context.moveTo(x, y);
    });
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  };
  line(route, ROUTE, isFresh ? 2 : 9);
  if (!isFresh) line(trail, '#586070', 2);
  drawPlan(context, from, plan, idea, place, 1);
  const car = toBase(from, toMap(pose || from, [[2.4, 0], [-2.2, 0.95], [-2.2, -0.95]])).map(place);
  context.beginPath();
  car.forEach(([x, y], index) => { if (index) context.lineTo(x, y); else context.moveTo(x, y); });
  context.closePath();
  context.fillStyle = '#e8eaee';
  context.fill();
}

const ROWS = [
  {name: 'speed [m/s]', low: 0, high: 15, curves: [['speed', '#8fbcff']]},
  {name: 'throttle, brake', low: 0, high: 1,
    curves: [['throttle', '#4fe070'], ['brake', '#ff6a5c']]},
  {name: 'wheel (left is up)', low: -1, high: 1, curves: [['steer', '#f0c24a']]},
  {name: 'plan age [s]', low: 0, high: 0.6, curves: [['plan_age', '#d59bff']]},
];

export function drawCurves(canvas, history) {
  const context = canvas.getContext('2d'), width = canvas.width, left = 40;
  context.clearRect(0, 0, width, canvas.height);
  if (!history.length) return;
  const end = history[history.length - 1].t_s, rowHeight = canvas.height / ROWS.length;
  context.font = '12px system-ui, sans-serif';
  ROWS.forEach((row, index) => {
    const top = index * rowHeight + 16, height = rowHeight - 22;
    const y = (value) => top + height
      * (1 - (Math.min(Math.max(value, row.low), row.high) - row.low) / (row.high - row.low));
    context.fillStyle = '#aab1bd';
    context.fillText(row.name, left, top - 4);
    context.fillText(String(row.high), 4, top + 8);
    context.fillText(String(row.low), 4, top + height);
    context.strokeStyle = '#3a414c';
    context.lineWidth = 1;
    context.strokeRect(left, top, width - left - 4, height);
    for (const [name, color] of row.curves) {
      context.beginPath();
      let isOpen = false;
      for (const moment of history) {
        const value = moment[name];
        if (value === null || value === undefined) { isOpen = false; continue; }
        const x = left + (width - left - 4) * (1 - (end - moment.t_s) / SHOWN_S);
        if (x < left) continue;
        if (isOpen) context.lineTo(x, y(value)); else context.moveTo(x, y(value));
        isOpen = true;
      }
      context.strokeStyle = color;
      context.lineWidth = 1.5;
      context.stroke();
    }
  });
}

export {SHOWN_S};
