/** The kernel's reading of a `request` interrupt, written from kernel/abi.ts alone. */
import { SHORT_HEADER_NAMES } from '../../../src/kernel/abi.ts';

export interface DecodedRequest {
  readonly id: number;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export function decodeRequest(payload: Uint8Array): DecodedRequest {
  let offset = 1;
  const number = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = payload[offset]!;
      offset += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  if (payload[0] !== 2 && payload[0] !== 8) throw new Error(`kind ${payload[0]}`);
  const id = number();
  const headBytes = number();
  const bytes = Buffer.from(payload);
  const [method = '', target = '', ...rest] = bytes.toString('utf8', offset, offset + headBytes).split('\n');
  const headers: [string, string][] = [];
  for (let i = 0; i < rest.length; i += 2) headers.push([longName(rest[i]!), rest[i + 1]!]);
  return { id, method, target, headers, body: bytes.subarray(offset + headBytes) };
}

function longName(name: string): string {
  const code = name.charCodeAt(0);
  return name.length === 1 && code < 32 ? SHORT_HEADER_NAMES[code < 10 ? code - 1 : code - 2]! : name;
}
