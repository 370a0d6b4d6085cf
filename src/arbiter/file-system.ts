/**
 * What the file arbiter must know of the file system under its directory. link(2) is a test-and-set only
 * where it fails on a name that another machine has made a moment ago; no call tells that, so file systems
 * are known by name, from the kernel's table of mounts (proc_pid_mountinfo(5)). Elsewhere than on Linux
 * nothing is known, and nothing is said.
 */
import { readFile, realpath } from 'node:fs/promises';
import type { ArbiterNote } from './port.ts';

export interface FileSystem {
  /** `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
  readonly options: ReadonlySet<string>;
}

/** On disks of this machine. */
const LOCAL = 'bcachefs btrfs ext2 ext3 ext4 f2fs jfs nilfs2 overlay reiserfs xfs zfs apfs hfsplus'.split(
  ' ',
);
const IN_MEMORY = ['tmpfs', 'ramfs'];
/** One server, or one lock service, orders all links. */
const SHARED = ['ceph', 'gfs2', 'gpfs', 'lustre', 'ocfs2'];
const NFS = ['nfs', 'nfs4'];

/** Of the directory, which must exist; undefined when nobody tells. */
export async function fileSystemOf(directory: string): Promise<FileSystem | undefined> {
  try {
    return fileSystemIn(await readFile('/proc/self/mountinfo', 'utf8'), await realpath(directory));
  } catch {
    return undefined;
  }
}

/**
 * The mount that a path is on: the longest mount point that it begins with, and of several there the last.
 */
export function fileSystemIn(mountinfo: string, path: string): FileSystem | undefined {
  let found: FileSystem | undefined;
  let longest = 0;
  for (const line of mountinfo.split('\n')) {
    const [fields = '', rest = ''] = line.split(' - ');
    const [, , , , escapedPoint = '', ownOptions = ''] = fields.split(' ');
    const [type = '', , superOptions = ''] = rest.split(' ');
    const point = escapedPoint.replaceAll(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isOn = path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`);
    if (type === '' || !isOn || point.length < longest) continue;
    longest = point.length;
    found = { type, options: new Set([...ownOptions.split(','), ...superOptions.split(',')]) };
  }
  return found;
}

/** What the operator should know. */
export function noteOn(directory: string, { type, options }: FileSystem): ArbiterNote {
  const place = `${directory} is on ${type}`;
  if (LOCAL.includes(type)) return info(`${place}: for hosts of this machine`);
  if (IN_MEMORY.includes(type)) {
    return info(`${place}: for hosts of this machine, and gone when it restarts`);
  }
  if (SHARED.includes(type)) return info(`${place}: for every host that mounts it`);
  if (NFS.includes(type)) return noteOnNfs(place, options);
  return warning(
    `${place}, of which it is not known whether two hosts can make the same name at the same moment: both might go live. ` +
      'Safe are NFS, or etcd: instead of file:',
  );
}

/**
 * With `soft`, a link that is still on its way is reported as failed; with cached
 * attributes, a new record is seen late.
 */
function noteOnNfs(place: string, options: ReadonlySet<string>): ArbiterNote {
  const isFresh = options.has('noac') || options.has('acdirmax=0');
  const wanted = [...(options.has('hard') ? [] : ['hard']), ...(isFresh ? [] : ['actimeo=0'])];
  if (wanted.length === 0) return info(`${place}: for every host that mounts it`);
  return warning(
    `${place}, mounted without ${wanted.join(' and ')}: mount it -o hard,actimeo=0 on every host`,
  );
}

const info = (text: string): ArbiterNote => ({ level: 'info', text: `arbiter: ${text}` });
const warning = (text: string): ArbiterNote => ({ level: 'warning', text: `arbiter: ${text}` });
