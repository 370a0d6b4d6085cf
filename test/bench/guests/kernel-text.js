/** What a web service does all day: records to JSON and back, strings cut, joined and put into tables. */
const names = ['ada', 'bob', 'cem', 'dora', 'eve', 'finn', 'gül', 'hana'];

function record(i) {
  const name = names[i % names.length];
  return {
    id: i,
    name: `${name}-${i}`,
    tags: [name.toUpperCase(), `t${i % 7}`, `group:${i % 13}`],
    address: { city: name.split('').reverse().join(''), zip: String(10_000 + i).padStart(6, '0') },
    balance: i * 1.25,
    active: i % 3 === 0,
    note: null,
  };
}

function page(records) {
  let html = '<table>';
  for (const { id, name, tags, address } of records) {
    const cells = [id, name, tags.join(', '), `${address.city} ${address.zip}`];
    html += `<tr>${cells.map((cell) => `<td>${String(cell).replaceAll('-', '&ndash;')}</td>`).join('')}</tr>`;
  }
  return `${html}</table>`;
}

export function text(step) {
  const records = Array.from({ length: 1_200 }, (_, i) => record(i + step));
  const copy = JSON.parse(JSON.stringify(records));
  const byTag = new Map();
  for (const { tags, balance } of copy) {
    for (const tag of tags) byTag.set(tag, (byTag.get(tag) ?? 0) + balance);
  }
  const html = page(copy);
  let sum = html.length;
  for (let i = 0; i < html.length; i += 97) sum = (sum * 33 + html.charCodeAt(i)) % 1_000_003;
  return sum + byTag.size + html.slice(100, 5_000).indexOf('HANA');
}
