/** Regular expressions over a log file of a few hundred lines: searching, capturing, replacing, splitting. */
const lines = Array.from(
  { length: 900 },
  (_, i) =>
    `2031-0${(i % 9) + 1}-1${i % 10}T12:0${i % 6}:${10 + (i % 50)}Z host-${i % 12} GET /accounts/user${i}/deposit?amount=${i * 3} ${i % 5 === 0 ? 503 : 200} ${i * 17}ms`,
);
const log = lines.join('\n');

const request = /^(\S+) (host-\d+) (GET|POST) (\/[^\s?]*)(?:\?(\S+))? (\d{3}) (\d+)ms$/gm;

export function patterns(step) {
  let sum = step;
  for (const [, at, host, , path, query = '', status, ms] of log.matchAll(request)) {
    sum =
      (sum * 5 + at.length + host.length + path.length + query.length + Number(status) + Number(ms)) %
      1_000_003;
  }
  const hidden = log
    .replace(/user(\d+)/g, (_, digits) => `#${digits.length}`)
    .replace(/\d{4}-\d\d-\d\d/g, 'DAY');
  const slow = lines.filter((line) => /\b(?:[5-9]\d{2}|[1-4]\d{3})ms$/.test(line)).length;
  const words = log.split(/[\s/?=&]+/).filter((word) => /^[a-z]{4,}\d*$/i.test(word)).length;
  return sum + hidden.length + slow + words;
}
