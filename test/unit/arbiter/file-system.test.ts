/** Which file systems the file arbiter trusts, told from the kernel's table of mounts. */
import { describe, expect, test } from 'vitest';
import { fileSystemIn, noteOn } from '../../../src/arbiter/file-system.ts';

/** As /proc/self/mountinfo has it, shortened. */
const MOUNTS = String.raw`22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:40 / /shared rw,relatime shared:5 - nfs4 server:/export rw,vers=4.2,hard,acregmin=0,acdirmax=0
41 27 0:41 / /soft rw,relatime - nfs server:/export rw,vers=3,soft
42 27 0:42 / /with\040space rw,relatime - cifs //server/share rw,vers=3.1.1
43 27 0:43 / /sharedbut rw,relatime - fuse.sshfs me@server: rw
44 27 0:44 / /run rw,nosuid - tmpfs tmpfs rw
45 40 0:45 / /shared/over rw,relatime - xfs /dev/vdb rw
46 45 0:46 / /shared/over rw,relatime master:1 - ceph mon:/ rw
`;

describe('the file system of a path', () => {
  test.each([
    ['/', 'ext4'],
    ['/home/ada', 'ext4'],
    ['/shared', 'nfs4'],
    ['/shared/tandem', 'nfs4'],
    ['/sharedbut/tandem', 'fuse.sshfs'],
    ['/sharedness', 'ext4'],
    ['/with space/tandem', 'cifs'],
    ['/shared/over/it', 'ceph'],
  ])('%s is the innermost mount around it: %s', (path, type) => {
    expect(fileSystemIn(MOUNTS, path)?.type).toBe(type);
  });

  test('a table that cannot be read tells nothing', () => {
    expect(fileSystemIn('nonsense\n', '/shared')).toBeUndefined();
    expect(fileSystemIn('', '/shared')).toBeUndefined();
  });
});

describe('the operator is told', () => {
  test.each([
    ['/home', 'info', /ext4: for hosts of this machine$/],
    ['/run/tandem', 'info', /tmpfs: .* gone when it restarts/],
    ['/shared', 'info', /nfs4: for every host that mounts it/],
    ['/soft', 'warning', /without hard and actimeo=0: mount it -o hard,actimeo=0/],
    ['/shared/over', 'info', /ceph: for every host that mounts it/],
    ['/with space', 'warning', /cifs, of which it is not known .* etcd:/],
    ['/sharedbut', 'warning', /fuse\.sshfs, of which it is not known/],
  ])('of %s as %s', (path, level, text) => {
    const found = fileSystemIn(MOUNTS, path);
    if (found === undefined) throw new Error('no file system');
    expect(noteOn(path, found)).toEqual({ level, text: expect.stringMatching(text) });
  });
});
