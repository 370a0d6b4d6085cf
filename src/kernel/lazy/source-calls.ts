/**
 * Calls that the streams package makes of a guest's sources, transformers and sinks. It makes them all with
 * `Function.prototype.apply.call`, and nothing else of the parts names `Function`; so what it takes for that
 * global (kernel-globals.ts) notes whose call is under way. One that is killed never returns, and whoever
 * waits for its stream would wait for ever: `endStopped` (streams.ts) ends that stream instead.
 */

type Callable = (...args: readonly unknown[]) => unknown;

/** Of calls under way, the last argument: mostly the controller. Outermost first. */
const underWay: unknown[] = [];

function call(callee: Callable, self: unknown, args: readonly unknown[]): unknown {
  const depth = underWay.length;
  underWay[depth] = args[args.length - 1];
  try {
    return Reflect.apply(callee, self, args);
  } finally {
    // A kill sees no finally.
    underWay.length = depth;
  }
}

/** What the package takes for the global of this name. */
export const SourceFunction = { prototype: { apply: { call } } };

/** After a kill: the calls that were under way, innermost first. */
export const takeStopped = (): readonly unknown[] => underWay.splice(0).reverse();
