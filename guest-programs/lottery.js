/**
 * A lottery: a program whose state is pure chance. Two machines that each threw their own dice would
 * have other tickets and other winners within a second. Here the primary throws, the log tells the
 * backup what fell, and both machines are equal.
 */
const tickets = [];
const draws = [];

/** Six different numbers out of 49. Math.random: nobody wins anything by guessing the numbers on a ticket. */
function luckyNumbers() {
  const numbers = new Set();
  while (numbers.size < 6) numbers.add(1 + Math.floor(Math.random() * 49));
  return [...numbers].sort((a, b) => a - b);
}

/**
 * A fair index below `count`: the incomplete last range of the 32-bit numbers is thrown
 * again, or low tickets would win more.
 */
function fairIndex(count) {
  const limit = 2 ** 32 - (2 ** 32 % count);
  const word = new Uint32Array(1);
  do crypto.getRandomValues(word);
  while (word[0] >= limit);
  return word[0] % count;
}

function buy(name) {
  const ticket = { number: tickets.length + 1, name, numbers: luckyNumbers() };
  tickets.push(ticket);
  return Response.json(ticket, { status: 201 });
}

function draw() {
  if (tickets.length === 0)
    return Response.json({ error: 'no tickets sold; POST /tickets?name=ada' }, { status: 409 });
  const winner = tickets[fairIndex(tickets.length)];
  const result = { draw: draws.length + 1, among: tickets.length, winner, seal: crypto.randomUUID() };
  draws.push(result);
  console.log(`draw ${result.draw}: ticket ${winner.number} of ${tickets.length}, ${winner.name}`);
  return Response.json(result);
}

export default {
  fetch(request) {
    const url = new URL(request.url);
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /tickets':
        return buy((url.searchParams.get('name') ?? 'somebody').slice(0, 64));
      case 'GET /tickets':
        return Response.json(tickets);
      case 'POST /draw':
        return draw();
      case 'GET /draws':
        return Response.json(draws);
      default:
        return Response.json(
          { error: 'try POST /tickets?name=ada, POST /draw, GET /tickets, GET /draws' },
          { status: 404 },
        );
    }
  },
};
