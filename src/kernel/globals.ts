/**
 * What the guest finds: an allow-list. A name that is not here does not exist, so a new
 * engine cannot bring in a clock unseen.
 */
import { AbortController, AbortSignal } from './abort.ts';
import { atob, btoa } from './base64.ts';
import { completeStrings } from './collation.ts';
import { makeConsole } from './console.ts';
import { Crypto, subtlePart } from './crypto.ts';
import { DOMException } from './dom-exception.ts';
import { completeError } from './error-globals.ts';
import { CustomEvent, Event, EventTarget } from './events.ts';
import { fetch } from './fetch.ts';
import { GuardedFinalizationRegistry } from './finalization.ts';
import { formKit } from './form-kit.ts';
import { defineHandlers, globalListening, messagesPart } from './global-events.ts';
import { Headers } from './headers.ts';
import compressionPart from './lazy/compression.part';
import urlPatternPart from './lazy/url-pattern.part';
import { defineLazily, lazily } from './lazy.ts';
import { hideSources, lookNative } from './native-looks.ts';
import { Performance } from './performance.ts';
import { ReflectDefineProperty, ReflectDeleteProperty, ReflectOwnKeys, SafeSet } from './primordials.ts';
import { Request } from './request.ts';
import { Response } from './response.ts';
import {
  clearInterval,
  clearTimeout,
  queueMicrotask,
  reportError,
  setInterval,
  setTimeout,
} from './scheduling.ts';
import { CloseEvent } from './socket-state.ts';
import { streamKit } from './stream-kit.ts';
import { structuredClone } from './structured-clone.ts';
import { TextDecoder, TextEncoder } from './text-encoding.ts';
import { URL } from './url.ts';
import { URLSearchParams } from './url-search-params.ts';
import { asInterface } from './webidl.ts';
import { WebSocket, WebSocketPair } from './websocket.ts';

const ECMASCRIPT = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'InternalError',
  'AggregateError',
  'Array',
  'Object',
  'Function',
  'Iterator',
  'parseInt',
  'parseFloat',
  'isNaN',
  'isFinite',
  'decodeURI',
  'decodeURIComponent',
  'encodeURI',
  'encodeURIComponent',
  'escape',
  'unescape',
  'Infinity',
  'NaN',
  'undefined',
  'eval',
  'Number',
  'Boolean',
  'String',
  'Math',
  'Reflect',
  'Symbol',
  'globalThis',
  'BigInt',
  'Date',
  'RegExp',
  'JSON',
  'Proxy',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint8Array',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'DataView',
  'Promise',
  'WeakRef',
  'FinalizationRegistry',
];

interface Interface {
  readonly value: new (...args: never[]) => object;
  readonly name: string;
  readonly iterates?: string;
}

const INTERFACES: readonly Interface[] = [
  { value: AbortController, name: 'AbortController' },
  { value: AbortSignal, name: 'AbortSignal' },
  { value: CloseEvent, name: 'CloseEvent' },
  { value: CustomEvent, name: 'CustomEvent' },
  { value: DOMException, name: 'DOMException' },
  { value: Event, name: 'Event' },
  { value: EventTarget, name: 'EventTarget' },
  { value: Headers, name: 'Headers', iterates: 'entries' },
  { value: Request, name: 'Request' },
  { value: Response, name: 'Response' },
  { value: TextDecoder, name: 'TextDecoder' },
  { value: TextEncoder, name: 'TextEncoder' },
  { value: URL, name: 'URL' },
  { value: URLSearchParams, name: 'URLSearchParams', iterates: 'entries' },
  { value: WebSocket, name: 'WebSocket' },
  { value: WebSocketPair, name: 'WebSocketPair' },
  { value: Crypto, name: 'Crypto' },
  { value: Performance, name: 'Performance' },
];

const FUNCTIONS: readonly ((...args: never[]) => unknown)[] = [
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  fetch,
  queueMicrotask,
  reportError,
  setInterval,
  setTimeout,
  structuredClone,
];

type Part = () => Readonly<Record<string, unknown>>;

/** Classes that are made when a guest first names one of them. */
const LAZY_INTERFACES: readonly { readonly part: Part; readonly names: readonly string[] }[] = [
  {
    part: streamKit,
    names: [
      'ByteLengthQueuingStrategy',
      'CountQueuingStrategy',
      'ReadableByteStreamController',
      'ReadableStream',
      'ReadableStreamBYOBReader',
      'ReadableStreamBYOBRequest',
      'ReadableStreamDefaultController',
      'ReadableStreamDefaultReader',
      'TextDecoderStream',
      'TextEncoderStream',
      'TransformStream',
      'TransformStreamDefaultController',
      'WritableStream',
      'WritableStreamDefaultController',
      'WritableStreamDefaultWriter',
    ],
  },
  { part: formKit, names: ['Blob', 'File', 'FormData'] },
  { part: lazily(compressionPart), names: ['CompressionStream', 'DecompressionStream'] },
  { part: lazily(urlPatternPart), names: ['URLPattern'] },
  { part: subtlePart, names: ['CryptoKey', 'SubtleCrypto'] },
  {
    part: messagesPart,
    names: ['ErrorEvent', 'MessageChannel', 'MessageEvent', 'MessagePort', 'PromiseRejectionEvent'],
  },
];

const stringPrototype = String.prototype;

export function installGlobals(): void {
  const scope = globalThis as Record<PropertyKey, unknown>;
  removeUnknown(scope);
  hideSources();
  completeError();
  completeStrings();
  // The engine runs a template literal as a call of this method, the kernel's and the
  // guest's alike: it stays what it is.
  ReflectDefineProperty(stringPrototype, 'concat', { writable: false, configurable: false });
  // The engine lacks them. `using` is lowered by the bundler, but its author names them.
  ReflectDefineProperty(Symbol, 'dispose', { value: Symbol('Symbol.dispose') });
  ReflectDefineProperty(Symbol, 'asyncDispose', { value: Symbol('Symbol.asyncDispose') });
  for (let index = 0; index < INTERFACES.length; index += 1) {
    const row = INTERFACES[index] as Interface;
    asInterface(row.value, row.name, row.iterates);
    lookNative(row.value, row.name);
    define(scope, row.name, row.value, false);
  }
  for (let index = 0; index < FUNCTIONS.length; index += 1) {
    const row = FUNCTIONS[index] as (typeof FUNCTIONS)[number];
    lookNative(row, row.name);
    define(scope, row.name, row, true);
  }
  for (let index = 0; index < LAZY_INTERFACES.length; index += 1) {
    const row = LAZY_INTERFACES[index] as (typeof LAZY_INTERFACES)[number];
    defineLazyInterfaces(scope, row.part, row.names);
  }
  const listening = ReflectOwnKeys(globalListening) as string[];
  for (let index = 0; index < listening.length; index += 1) {
    const name = listening[index] as string;
    const method = globalListening[name] as (...args: never[]) => unknown;
    lookNative(method, name);
    define(scope, name, method, true);
  }
  defineHandlers(scope);
  define(scope, 'FinalizationRegistry', GuardedFinalizationRegistry, false);
  lookNative(GuardedFinalizationRegistry, 'FinalizationRegistry');
  define(scope, 'console', makeConsole(), false);
  define(scope, 'crypto', new Crypto(), true);
  define(scope, 'performance', new Performance(), true);
  define(scope, 'navigator', { userAgent: 'Tandem' }, true);
  define(scope, 'self', scope, true);
}

function defineLazyInterfaces(scope: object, part: Part, names: readonly string[]): void {
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const make = (): unknown => {
      const value = part()[name] as object;
      // The bundler may have renamed the class.
      ReflectDefineProperty(value, 'name', { value: name, configurable: true });
      lookNative(value, name);
      return value;
    };
    defineLazily(scope, name, make, false);
  }
}

function removeUnknown(scope: object): void {
  const allowed = new SafeSet<PropertyKey>();
  for (let index = 0; index < ECMASCRIPT.length; index += 1) allowed.add(ECMASCRIPT[index] as string);
  allowed.add(Symbol.toStringTag);
  const keys = ReflectOwnKeys(scope);
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string | symbol;
    if (!allowed.has(key) && !ReflectDeleteProperty(scope, key)) {
      throw new TypeError(`the global ${String(key)} cannot be removed`);
    }
  }
}

function define(scope: object, name: string, value: unknown, enumerable: boolean): void {
  ReflectDefineProperty(scope, name, { value, writable: true, enumerable, configurable: true });
}
