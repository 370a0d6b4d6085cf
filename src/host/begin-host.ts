/**
 * The door of a host's process: V8 is told what is known of a host before it reads a host's code, for some of
 * it goes by how the code is compiled.
 *
 * Its collector works on up to four threads beside the one that it is for, but a hypervisor's heap is small,
 * and the cores are the guest's: bodies of 1 MiB, whose buffers count as pressure, went through a pair a
 * third slower, and a young generation waited for collectors without a core.
 *
 * And it compiles a function when it is first called, and forgets it again when it was not for a while. For
 * much of a backup's code that first call comes between the primary's death and the first reply: a third of
 * that time was compiling. So all of a backup's code is compiled when it is read, and kept. A primary's
 * would only be late for its first client.
 */
import { setFlagsFromString } from 'node:v8';
import type { HostOptions, HostRole } from './supervisor/protocol.ts';

/**
 * Runs a host until it ends; resolves with its exit code. Rejects with a TandemError when it cannot begin.
 */
export async function beginHost(options: HostOptions): Promise<number> {
  settleV8(options.role);
  const { runHost } = await import('./host-process.ts');
  return runHost(options);
}

function settleV8(role: HostRole): void {
  setFlagsFromString('--no-concurrent-marking');
  setFlagsFromString('--no-parallel-scavenge');
  if (role === 'primary') return;
  setFlagsFromString('--no-lazy');
  setFlagsFromString('--no-flush-bytecode');
}
