/**
 * Opens an arbiter by its URL: the one place that knows which kinds there are. The port itself is in port.ts.
 */
import { TandemError } from '../base/errors.ts';
import { openEtcdArbiter } from './etcd.ts';
import { openFileArbiter } from './file.ts';
import { memoryArbiter } from './memory.ts';
import type { Arbiter } from './port.ts';
import { parseArbiterUrl } from './url.ts';

export type { Arbiter } from './port.ts';

const VM_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Opens the arbiter that a URL names, for one VM. Throws a {@link TandemError} when the URL is
 * unknown, the store cannot be used, the VM id cannot be a name in it, or its record is corrupt: at
 * the start an operator is there to mend it.
 */
export async function openArbiter(url: string, vm: string): Promise<Arbiter> {
  if (!VM_ID.test(vm)) {
    const mend = 'use up to 128 letters, digits, dots, dashes and underscores';
    throw new TandemError('VM_ID', `not a VM id: ${JSON.stringify(vm)}`, mend, 2);
  }
  const parsed = parseArbiterUrl(url);
  switch (parsed.kind) {
    case 'file':
      return openFileArbiter(parsed.directory, vm);
    case 'etcd':
      return openEtcdArbiter(parsed, vm);
    case 'memory':
      return memoryArbiter(parsed.name);
  }
}
