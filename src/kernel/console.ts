/**
 * `console`: each call is one output, in order; across a kill no line is lost and none
 * doubled. No call ever throws at the guest.
 */
import { formatArguments } from './console-format.ts';
import { tableText } from './console-table.ts';
import { outputConsole } from './host.ts';
import { inspect } from './inspect.ts';
import { errorFrames } from './inspect-error.ts';
import { limits } from './limits.ts';
import {
  DateNow,
  ReflectApply,
  ReflectDefineProperty,
  ReflectOwnKeys,
  SafeMap,
  stringRepeat,
  stringReplaceAll,
} from './primordials.ts';

const INDENTATION = 2;
const DEFAULT_LABEL = 'default';
let groups = 0;
const counts = new SafeMap<string, number>();
const times = new SafeMap<string, number>();

function write(stream: 1 | 2, text: string): void {
  let line = text;
  if (groups > 0) {
    const indentation = stringRepeat(' ', groups * INDENTATION);
    line = indentation + stringReplaceAll(line, '\n', `\n${indentation}`);
  }
  outputConsole(stream, line);
}

const printer = (stream: 1 | 2) => {
  return (...values: unknown[]): void => write(stream, formatArguments(values));
};

const labelOf = (label: unknown): string => (label === undefined ? DEFAULT_LABEL : `${label as string}`);

function elapsed(label: unknown, values: readonly unknown[]): string | undefined {
  const name = labelOf(label);
  const start = times.get(name);
  if (start === undefined) {
    write(2, `Timer '${name}' does not exist`);
    return undefined;
  }
  const text = `${name}: ${DateNow() - start}ms`;
  return values.length === 0 ? text : `${text} ${formatArguments(values)}`;
}

/** The methods, as own functions that need no `this`. */
const methods = {
  log: printer(1),
  info: printer(1),
  debug: printer(1),
  error: printer(2),
  warn: printer(2),
  trace(...values: unknown[]): void {
    const text = formatArguments(values);
    const frames = errorFrames(new Error());
    write(2, `Trace${text === '' ? '' : `: ${text}`}${frames === '' ? '' : `\n${frames}`}`);
  },
  dir(value: unknown, options: unknown = undefined): void {
    const depth: unknown = (options as { depth?: unknown } | undefined)?.depth;
    write(
      1,
      inspect(value, depth === null ? Number.POSITIVE_INFINITY : typeof depth === 'number' ? depth : 2),
    );
  },
  dirxml: printer(1),
  assert(condition: unknown, ...values: unknown[]): void {
    if (condition) return;
    const text = formatArguments(values);
    write(2, text === '' ? 'Assertion failed' : `Assertion failed: ${text}`);
  },
  group(...values: unknown[]): void {
    if (values.length > 0) write(1, formatArguments(values));
    if (groups < limits.consoleGroups) groups += 1;
  },
  groupEnd(): void {
    if (groups > 0) groups -= 1;
  },
  count(label: unknown = undefined): void {
    const name = labelOf(label);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    write(1, `${name}: ${count}`);
  },
  countReset(label: unknown = undefined): void {
    counts.delete(labelOf(label));
  },
  time(label: unknown = undefined): void {
    const name = labelOf(label);
    if (times.has(name)) write(2, `Timer '${name}' already exists`);
    else times.set(name, DateNow());
  },
  timeLog(label: unknown = undefined, ...values: unknown[]): void {
    const text = elapsed(label, values);
    if (text !== undefined) write(1, text);
  },
  timeEnd(label: unknown = undefined): void {
    const text = elapsed(label, []);
    if (text === undefined) return;
    times.delete(labelOf(label));
    write(1, text);
  },
  table(data: unknown, columns: unknown = undefined): void {
    write(1, tableText(data, columns) ?? formatArguments([data]));
  },
  clear(): void {},
};

/** What the guest gets: the same methods, each with a net below it. */
export function makeConsole(): object {
  const result = {} as Record<string, unknown>;
  const keys = ReflectOwnKeys(methods) as (keyof typeof methods)[];
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as keyof typeof methods;
    ReflectDefineProperty(result, key, {
      value: guarded(key, methods[key] as (...values: unknown[]) => void),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  ReflectDefineProperty(result, 'groupCollapsed', {
    value: guarded('groupCollapsed', methods.group),
    writable: true,
    enumerable: true,
    configurable: true,
  });
  ReflectDefineProperty(result, Symbol.toStringTag, { value: 'console', configurable: true });
  return result;
}

function guarded(name: string, method: (...values: unknown[]) => void): (...values: unknown[]) => void {
  const call = (...values: unknown[]): void => {
    try {
      ReflectApply(method, undefined, values);
    } catch {
      tryToSay('tandem: a console call whose arguments cannot be shown');
    }
  };
  ReflectDefineProperty(call, 'name', { value: name, configurable: true });
  ReflectDefineProperty(call, 'length', { value: 0, configurable: true });
  return call;
}

function tryToSay(text: string): void {
  try {
    outputConsole(2, text);
  } catch {
    // Memory or stack have run out: nothing can be said.
  }
}
