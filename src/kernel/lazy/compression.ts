/**
 * CompressionStream and DecompressionStream, by fflate: plain JavaScript, so the same bytes on every host.
 */
import { Deflate, Gunzip, Gzip, Inflate, Unzlib, Zlib } from 'fflate';
import { copyOfBytes } from '../buffer-source.ts';
import { streamKit } from '../stream-kit.ts';
import { asInterface } from '../webidl.ts';

interface Worker {
  ondata: (chunk: Uint8Array, last: boolean) => void;
  push(chunk: Uint8Array, last?: boolean): void;
}

interface Controller {
  enqueue(chunk: Uint8Array): void;
  error(reason: unknown): void;
}

type Transforms = new (transformer: {
  transform(chunk: unknown, controller: Controller): void;
  flush(controller: Controller): void;
}) => { readonly readable: object; readonly writable: object };

const FORMATS = ['gzip', 'deflate', 'deflate-raw'];
const NOTHING = new Uint8Array(0);

const compressors: Readonly<Record<string, () => Worker>> = {
  gzip: () => new Gzip({ mtime: 0 }) as unknown as Worker,
  deflate: () => new Zlib() as unknown as Worker,
  'deflate-raw': () => new Deflate() as unknown as Worker,
};
const decompressors: Readonly<Record<string, () => Worker>> = {
  gzip: () => new Gunzip() as unknown as Worker,
  deflate: () => new Unzlib() as unknown as Worker,
  'deflate-raw': () => new Inflate() as unknown as Worker,
};

const damaged = (error: unknown): TypeError =>
  new TypeError(`The compressed data is damaged: ${error instanceof Error ? error.message : String(error)}`);

function transformWith(makers: typeof compressors, format: unknown, strict: boolean) {
  const name = `${format as string}`;
  const make = FORMATS.includes(name) ? makers[name] : undefined;
  if (make === undefined) throw new TypeError(`${JSON.stringify(name)} is not one of ${FORMATS.join(', ')}`);
  const worker = make();
  let ended = !strict;
  const work = (controller: Controller, chunk: Uint8Array, last: boolean): void => {
    worker.ondata = (made, final) => {
      if (final) ended = true;
      if (made.byteLength > 0) controller.enqueue(made);
    };
    try {
      worker.push(chunk, last);
    } catch (error) {
      throw damaged(error);
    }
  };
  const TransformStream = streamKit()['TransformStream'] as Transforms;
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = copyOfBytes(chunk);
      if (bytes === undefined) throw new TypeError('A chunk to compress is a buffer or a view of one');
      work(controller, new Uint8Array(bytes), false);
    },
    flush(controller) {
      work(controller, NOTHING, true);
      if (!ended) throw damaged('it ends too early');
    },
  });
}

export class CompressionStream {
  readonly #transform: InstanceType<Transforms>;

  constructor(format: unknown) {
    this.#transform = transformWith(compressors, format, false);
  }

  get readable(): object {
    return this.#transform.readable;
  }

  get writable(): object {
    return this.#transform.writable;
  }
}

export class DecompressionStream {
  readonly #transform: InstanceType<Transforms>;

  constructor(format: unknown) {
    this.#transform = transformWith(decompressors, format, true);
  }

  get readable(): object {
    return this.#transform.readable;
  }

  get writable(): object {
    return this.#transform.writable;
  }
}

asInterface(CompressionStream, 'CompressionStream');
asInterface(DecompressionStream, 'DecompressionStream');
