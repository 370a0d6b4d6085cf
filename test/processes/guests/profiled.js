/** Computes in a function of its own for each path. */
const work = {
  before() {
    let sum = 0;
    for (let i = 0; i < 500_000; i += 1) sum += i;
    return sum;
  },
  after() {
    let product = 1;
    for (let i = 1; i < 500_000; i += 1) product = (product * i) % 1_000_003;
    return product;
  },
};

export default {
  fetch: (request) => new Response(String(work[new URL(request.url).pathname.slice(1)]())),
};
