/** The other end of a `Contestant` (processes.ts): a process of the benchmark that takes orders over IPC. */

/**
 * Greets, answers each order with what `carryOut` gives, and ends with the benchmark. An order that fails
 * ends it, too.
 */
export function takeOrders<Order, Result>(
  carryOut: (order: Order) => Result | Promise<Result>,
  greeting: unknown = 'ready',
): void {
  process.on('message', (order: Order) => {
    Promise.resolve(order)
      .then(carryOut)
      .then(
        (result) => process.send?.(result),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(greeting);
}
