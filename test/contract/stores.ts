/**
 * What the contract's suite needs of each kind of store: fresh places in it, its
 * outage, a look behind the arbiter's back.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd } from '../support/etcd.ts';

export interface Store {
  /** Names a place in it that was never used. */
  freshUrl(): string;
  end(): Promise<void>;
  /** For stores outside this process. */
  readonly outside?: {
    goAway(): Promise<void>;
    comeBack(): Promise<void>;
    /** The text of each epoch's record, in order of epochs, as it is kept. */
    records(url: string, vm: string): Promise<readonly string[]>;
    /** Replaces the newest record's text, and answers the name by which it must be complained of. */
    corrupt(url: string, vm: string, text: string): Promise<string>;
  };
}

export async function memoryStore(): Promise<Store> {
  let places = 0;
  return {
    freshUrl: () => {
      places += 1;
      return `memory:contract-${places}`;
    },
    end: async () => {},
  };
}

export async function fileStore(): Promise<Store> {
  const scratch = mkdtempSync(join(tmpdir(), 'tandem-arbiter-'));
  const [disk, away] = [join(scratch, 'disk'), join(scratch, 'away')];
  let places = 0;
  const folder = (url: string, vm: string) => join(url.replace(/^file:/, ''), vm);
  const namesIn = (path: string) =>
    readdirSync(path)
      .filter((name) => name.startsWith('epoch-'))
      .sort();
  return {
    freshUrl: () => {
      places += 1;
      const directory = join(disk, String(places));
      mkdirSync(directory, { recursive: true });
      return `file:${directory}`;
    },
    end: async () => rmSync(scratch, { recursive: true, force: true }),
    outside: {
      goAway: async () => renameSync(disk, away),
      comeBack: async () => renameSync(away, disk),
      records: async (url, vm) =>
        namesIn(folder(url, vm)).map((name) => readFileSync(join(folder(url, vm), name), 'utf8')),
      corrupt: async (url, vm, text) => {
        const path = join(folder(url, vm), namesIn(folder(url, vm)).at(-1) ?? '');
        writeFileSync(path, text);
        return path;
      },
    },
  };
}

export async function etcdStore(): Promise<Store> {
  const etcd = await Etcd.start();
  let places = 0;
  const prefixOf = (url: string) => /prefix=(.*)$/.exec(url)?.[1] ?? '';
  return {
    freshUrl: () => {
      places += 1;
      return `etcd:${etcd.url}?prefix=/contract/${places}`;
    },
    end: () => etcd.end(),
    outside: {
      goAway: () => etcd.goAway(),
      comeBack: () => etcd.comeBack(),
      records: async (url, vm) =>
        (await etcd.keys(`${prefixOf(url)}/${vm}/epoch-`)).map(({ value }) => value),
      corrupt: async (url, vm, text) => {
        const key = `${prefixOf(url)}/${vm}/latest`;
        await etcd.put(key, text);
        return key;
      },
    },
  };
}
