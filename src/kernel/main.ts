/**
 * Boots the kernel inside the machine: connects it to the host, gives the guest its
 * globals, and hands back the entry functions.
 */
import * as abi from './abi.ts';
import * as base64 from './base64.ts';
import { guardedNatives, guardSamples } from './bounded-natives.ts';
import * as bufferSource from './buffer-source.ts';
import * as capturedGlobals from './captured-globals.ts';
import * as cryptoModule from './crypto.ts';
import * as cryptoCall from './crypto-call.ts';
import * as domException from './dom-exception.ts';
import { deliver } from './event-loop.ts';
import * as events from './events.ts';
import { interceptError } from './global-events.ts';
import { installGlobals } from './globals.ts';
import * as host from './host.ts';
import { connect, type Hypercall } from './host.ts';
import { share } from './lazy.ts';
import * as limitsModule from './limits.ts';
import * as primordials from './primordials.ts';
import { moduleFailed, moduleLoaded, noteRejection, settle, uncaughtEnds } from './program.ts';
import * as report from './report.ts';
import { setUncaughtHandler } from './report.ts';
import * as scheduling from './scheduling.ts';
import * as streamKit from './stream-kit.ts';
import * as structuredClone from './structured-clone.ts';
import * as textEncoding from './text-encoding.ts';
import * as urlSearchParams from './url-search-params.ts';
import * as utf8 from './utf8.ts';
import * as webidl from './webidl.ts';

export function boot(call: Hypercall, control: ArrayBuffer): unknown[] {
  connect(call, control);
  setUncaughtHandler(uncaughtEnds, interceptError);
  shareModules();
  installGlobals();
  // In the order of abi.ts's KERNEL_ENTRY and KERNEL_LIST.
  return [deliver, settle, moduleLoaded, moduleFailed, noteRejection, guardedNatives(), guardSamples()];
}

/** With the parts that are evaluated later (lazy/). */
function shareModules(): void {
  share('abi', abi);
  share('base64', base64);
  share('buffer-source', bufferSource);
  share('captured-globals', capturedGlobals);
  share('crypto', cryptoModule);
  share('crypto-call', cryptoCall);
  share('dom-exception', domException);
  share('events', events);
  share('host', host);
  share('limits', limitsModule);
  share('primordials', primordials);
  share('report', report);
  share('scheduling', scheduling);
  share('stream-kit', streamKit);
  share('structured-clone', structuredClone);
  share('text-encoding', textEncoding);
  share('url-search-params', urlSearchParams);
  share('utf8', utf8);
  share('webidl', webidl);
}
