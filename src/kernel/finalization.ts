/**
 * FinalizationRegistry, with its callbacks under the rule for all callbacks: what they throw is
 * reported. When they run is deterministic: the engine counts references and collects cycles by what was
 * allocated, which is the same in every machine.
 */
import { ObjectDefineProperty, ReflectApply, ReflectConstruct } from './primordials.ts';
import { reportUncaught } from './report.ts';

const Native = FinalizationRegistry;

/** The guest's FinalizationRegistry: the engine's own, made with a guarded callback. */
export const GuardedFinalizationRegistry = ((): typeof FinalizationRegistry => {
  function Guarded(callback: unknown): object {
    if (new.target === undefined) throw new TypeError('FinalizationRegistry must be called with new');
    if (typeof callback !== 'function')
      throw new TypeError('The callback of a FinalizationRegistry is a function');
    const guarded = (held: unknown): void => {
      try {
        ReflectApply(callback as () => unknown, undefined, [held]);
      } catch (error) {
        reportUncaught(error);
      }
    };
    return ReflectConstruct(Native, [guarded], new.target) as object;
  }
  Guarded.prototype = Native.prototype;
  ObjectDefineProperty(Guarded, 'prototype', { writable: false });
  ObjectDefineProperty(Guarded, 'name', { value: 'FinalizationRegistry' });
  ObjectDefineProperty(Native.prototype, 'constructor', { value: Guarded });
  return Guarded as unknown as typeof FinalizationRegistry;
})();
