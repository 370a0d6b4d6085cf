/**
 * What clients of the bank have seen, and whether one bank can have shown it to them. Each account is a
 * register that only grows: a deposit adds to it and tells what is in it then, a read tells what is in it. So
 * the results alone put the deposits in order, and linearizability (Herlihy and Wing, 1990) needs no search:
 * the order must agree with time, and each result with the deposits before it.
 *
 * Seen from here, a deposit that was acknowledged and lost is a later result that is too small; one that was
 * done twice a gap that nobody's money fills; a stale read is a result below one that was known before; and
 * two hosts that both take deposits tell the same balance twice.
 */

export interface Operation {
  /** Names the client's request. */
  readonly name: string;
  readonly account: string;
  /** 0 for a read. */
  readonly adds: number;
  /** What is in the account then; null when nobody heard. */
  readonly result: number | null;
  readonly calledMs: number;
  /** Infinity when nobody heard. */
  readonly returnedMs: number;
  /** The host that answered. */
  readonly answeredBy: string | null;
}

type Heard = Operation & { readonly result: number };

/** All that is wrong, in words; nothing when the history is possible. */
export function contradictionsIn(history: readonly Operation[]): string[] {
  const accounts = new Map<string, Operation[]>();
  for (const operation of history) {
    const known = accounts.get(operation.account);
    if (known === undefined) accounts.set(operation.account, [operation]);
    else known.push(operation);
  }
  return [...accounts.values()].flatMap((operations) => [
    ...wrongOrder(operations),
    ...wrongSums(operations),
    ...wrongTimes(operations),
  ]);
}

const isHeard = (operation: Operation): operation is Heard => operation.result !== null;
const told = ({ name, account, adds, result, answeredBy }: Heard): string =>
  `${name} (${adds === 0 ? 'read' : `+${adds}`} ${account}) was told ${result} by ${answeredBy}`;
const sumOf = (operations: readonly Operation[]): number =>
  operations.reduce((sum, { adds }) => sum + adds, 0);

/**
 * Deposits in the order of their results: each stands on the one before it, and unheard ones fill the gaps.
 */
function wrongOrder(operations: readonly Operation[]): string[] {
  const deposits = operations.filter(isHeard).filter(({ adds }) => adds > 0);
  deposits.sort((one, other) => one.result - other.result);
  const wrong: string[] = [];
  let gaps = 0;
  let before: Heard | undefined;
  for (const deposit of deposits) {
    const gap = deposit.result - deposit.adds - (before?.result ?? 0);
    if (gap < 0)
      wrong.push(
        `${told(deposit)}, but ${before === undefined ? 'less is less than nothing' : told(before)}`,
      );
    gaps += Math.max(0, gap);
    before = deposit;
  }
  const unheard = sumOf(operations.filter((operation) => !isHeard(operation)));
  if (gaps > unheard) {
    const account = operations[0]?.account;
    wrong.push(`${account}: ${gaps} more than was paid in, and only ${unheard} are on their way`);
  }
  return wrong;
}

/** Not less than what was acknowledged before, and not more than what was asked for until then. */
function wrongSums(operations: readonly Operation[]): string[] {
  const byCall = [...operations].sort((one, other) => one.calledMs - other.calledMs);
  const byReturn = [...operations].sort((one, other) => one.returnedMs - other.returnedMs);
  const wrong: string[] = [];
  const least = new Map<Operation, number>();
  let acknowledged = 0;
  let next = 0;
  for (const operation of byCall) {
    for (; (byReturn[next]?.returnedMs ?? Infinity) < operation.calledMs; next += 1) {
      acknowledged += byReturn[next]?.adds ?? 0;
    }
    least.set(operation, acknowledged);
  }
  let asked = 0;
  next = 0;
  for (const operation of byReturn.filter(isHeard)) {
    for (; (byCall[next]?.calledMs ?? Infinity) <= operation.returnedMs; next += 1) {
      asked += byCall[next]?.adds ?? 0;
    }
    const atLeast = (least.get(operation) ?? 0) + operation.adds;
    if (operation.result < atLeast) wrong.push(`${told(operation)}, but ${atLeast} were acknowledged`);
    if (operation.result > asked) wrong.push(`${told(operation)}, but only ${asked} were paid in`);
  }
  return wrong;
}

/** Nothing that was known before the question is forgotten in the answer. */
function wrongTimes(operations: readonly Operation[]): string[] {
  const heard = operations.filter(isHeard);
  const byReturn = [...heard].sort((one, other) => one.returnedMs - other.returnedMs);
  const wrong: string[] = [];
  let newest: Heard | undefined;
  let next = 0;
  for (const operation of [...heard].sort((one, other) => one.calledMs - other.calledMs)) {
    for (; (byReturn[next]?.returnedMs ?? Infinity) < operation.calledMs; next += 1) {
      const returned = byReturn[next];
      if (returned !== undefined && returned.result > (newest?.result ?? -1)) newest = returned;
    }
    if (newest !== undefined && operation.result < newest.result + operation.adds) {
      wrong.push(`${told(operation)}, but before it was asked ${told(newest)}`);
    }
  }
  return wrong;
}
