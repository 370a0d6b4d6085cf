/**
 * Sorting with a comparison of one's own, a heap, a table of buckets: calls back and forth
 * between native code and the program.
 */
function numbers(count, seed) {
  const list = [];
  let state = seed | 1;
  for (let i = 0; i < count; i += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    list.push(state);
  }
  return list;
}

class Heap {
  #items = [];

  push(value) {
    const items = this.#items;
    let at = items.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] <= items[at]) break;
      [items[parent], items[at]] = [items[at], items[parent]];
      at = parent;
    }
  }

  pop() {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0) return top;
    items[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const smaller = items[left + 1] < items[left] ? left + 1 : left;
      if (!(items[smaller] < items[at])) return top;
      [items[smaller], items[at]] = [items[at], items[smaller]];
      at = smaller;
    }
  }
}

export function sorting(step) {
  const list = numbers(6_000, step * 7_919);
  const people = list.map((age, i) => ({ age: age % 90, name: `p${i % 100}` }));
  people.sort((a, b) => a.age - b.age || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const heap = new Heap();
  for (const value of list.slice(0, 2_000)) heap.push(value);
  let sum = 0;
  for (let i = 0; i < 2_000; i += 1) sum = (sum * 3 + heap.pop()) % 1_000_003;
  const buckets = {};
  for (const { age, name } of people) {
    buckets[age] ??= [];
    buckets[age].push(name);
  }
  return sum + people[17].age + Object.keys(buckets).length + new Set(list).size;
}
