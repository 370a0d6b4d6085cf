/**
 * The engine cannot compile `for (const x of yield y)`, nor any other loop over values whose expression has a
 * `yield` in it: it takes the loop for entered already (`InternalError: stack underflow`). So the expression
 * moves to the head of a loop around it, which goes round once. That is one statement as before, so nothing
 * around it matters; labels stay with the inner loop, since they name that one. Lines keep their number, and
 * a program without such a loop stays as it is.
 */
import type { Node } from 'acorn';

interface Loop {
  /** Of the loop, or of the first of its labels. */
  readonly start: number;
  /** The expression of its values. */
  readonly right: Node;
}

/** What a walk looks at next, and where the labels right before it begin. */
interface Place {
  readonly node: Node;
  readonly labelled: number | undefined;
}

export async function hoistYields(source: string): Promise<string> {
  if (!/\byield\b/.test(source)) return source;
  const { parse } = await import('acorn');
  let text = source;
  // Once, but for loops inside the expressions of others.
  for (;;) {
    const loops = loopsIn(parse, text);
    if (loops.length === 0) return text;
    text = hoisted(text, loops);
  }
}

/** The loops to be changed, by their place; none in what does not parse: the engine says so. */
function loopsIn(parse: typeof import('acorn').parse, text: string): readonly Loop[] {
  let program: Node;
  try {
    program = parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
  } catch {
    return [];
  }
  const loops: Loop[] = [];
  const places: Place[] = [{ node: program, labelled: undefined }];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { node, labelled } = place;
    const start = labelled ?? node.start;
    const right =
      node.type === 'ForOfStatement' ? (node as Node & { readonly right: Node }).right : undefined;
    const isTaken = right !== undefined && yields(right);
    if (isTaken) loops.push({ start, right });
    const isLabel = node.type === 'LabeledStatement';
    for (const child of childrenOf(node)) {
      if (!(isTaken && child === right)) places.push({ node: child, labelled: isLabel ? start : undefined });
    }
  }
  return loops.sort((one, other) => one.start - other.start || one.right.start - other.right.start);
}

/** Whether an expression yields itself; a generator in it does that on its own. */
function yields(expression: Node): boolean {
  const nodes = [expression];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.type === 'YieldExpression') return true;
    if (!/Function/.test(node.type)) nodes.push(...childrenOf(node));
  }
  return false;
}

function* childrenOf(node: Node): Iterable<Node> {
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield one;
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

function hoisted(text: string, loops: readonly Loop[]): string {
  let name = '__of';
  while (text.includes(name)) name += '_';
  const pieces: string[] = [];
  let from = 0;
  for (const { start, right } of loops) {
    const values = text.slice(right.start, right.end);
    pieces.push(text.slice(from, start), `for (let ${name} = [${values}]; ${name}; ${name} = void 0) `);
    pieces.push(text.slice(start, right.start), `${name}[0]`);
    from = right.end;
  }
  return pieces.join('') + text.slice(from);
}
