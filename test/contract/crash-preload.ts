/**
 * Loaded into a process before its program: it dies of SIGKILL right before the n-th step that it takes on a
 * file system (TANDEM_DIE_BEFORE=n). A write is two steps, so that it can also die in the middle of one.
 */
import files, { type FileHandle } from 'node:fs/promises';

const dieBefore = Number(process.env['TANDEM_DIE_BEFORE']);
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === dieBefore) process.kill(process.pid, 'SIGKILL');
}

const { mkdir, link, unlink, open } = files;

function watched(file: FileHandle): FileHandle {
  const { writeFile, sync, close } = file;
  file.writeFile = async (data, options) => {
    step();
    const text = String(data);
    await writeFile.call(file, text.slice(0, text.length / 2), options);
    step();
    await writeFile.call(file, text.slice(text.length / 2), options);
  };
  file.sync = async () => {
    step();
    await sync.call(file);
  };
  file.close = async () => {
    step();
    await close.call(file);
  };
  return file;
}

Object.assign(files, {
  mkdir: async (...words: Parameters<typeof mkdir>) => {
    step();
    return mkdir(...words);
  },
  link: async (...words: Parameters<typeof link>) => {
    step();
    return link(...words);
  },
  unlink: async (...words: Parameters<typeof unlink>) => {
    step();
    return unlink(...words);
  },
  open: async (...words: Parameters<typeof open>) => {
    step();
    return watched(await open(...words));
  },
});
