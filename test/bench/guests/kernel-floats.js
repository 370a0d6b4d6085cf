/**
 * Numbers with a fraction in arrays and typed arrays: bodies that attract each
 * other, and the edge of the Mandelbrot set.
 */
function bodies(seed) {
  return Array.from({ length: 5 }, (_, i) => ({
    x: Math.cos(i + seed) * (i + 1),
    y: Math.sin(i + seed) * (i + 1),
    vx: 0.01 * i,
    vy: 0.02 * (5 - i),
    mass: 1 / (i + 1),
  }));
}

function advance(all, dt) {
  for (let i = 0; i < all.length; i += 1) {
    const a = all[i];
    for (let j = i + 1; j < all.length; j += 1) {
      const b = all[j];
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const squared = dx * dx + dy * dy + 0.01;
      const pull = dt / (squared * Math.sqrt(squared));
      a.vx -= dx * b.mass * pull;
      a.vy -= dy * b.mass * pull;
      b.vx += dx * a.mass * pull;
      b.vy += dy * a.mass * pull;
    }
  }
  for (const body of all) {
    body.x += dt * body.vx;
    body.y += dt * body.vy;
  }
}

function mandelbrot(width, shift) {
  const counts = new Float64Array(width);
  let total = 0;
  for (let row = 0; row < width; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const cr = (column / width) * 2.5 - 2 + shift;
      const ci = (row / width) * 2 - 1;
      let zr = 0;
      let zi = 0;
      let n = 0;
      while (n < 60 && zr * zr + zi * zi < 4) {
        const next = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = next;
        n += 1;
      }
      counts[column] = counts[column] * 0.5 + n;
    }
    total += counts[row];
  }
  return total;
}

export function floats(step) {
  const all = bodies(step);
  for (let i = 0; i < 1_200; i += 1) advance(all, 0.01);
  const energy = all.reduce((sum, { vx, vy, mass }) => sum + mass * (vx * vx + vy * vy), 0);
  return Math.floor(Math.abs(energy) * 1000 + mandelbrot(80, step * 0.001));
}
