/** The interrupts that a session itself delivers; those of clients come from the front, ready made. */
import type { Epoch } from '../base/brands.ts';
import { INTERRUPT } from '../kernel/abi.ts';

const SEED_BYTES = 8;

/** The guest program begins. `seed`: 8 bytes from the CSPRNG for Math.random. */
export function startInterrupt(seed: Uint8Array, wallMs: number): Uint8Array {
  const payload = new Uint8Array(1 + SEED_BYTES + 8);
  payload[0] = INTERRUPT.start;
  payload.set(seed.subarray(0, SEED_BYTES), 1);
  // xorshift has no way out of an all-zero state.
  if (seed.every((byte) => byte === 0)) payload[1] = 1;
  new DataView(payload.buffer).setFloat64(1 + SEED_BYTES, wallMs, true);
  return payload;
}

export const alarmInterrupt = (): Uint8Array => Uint8Array.of(INTERRUPT.alarm);

export const recoverInterrupt = (): Uint8Array => Uint8Array.of(INTERRUPT.recover);

export function liveInterrupt(epoch: Epoch): Uint8Array {
  return Uint8Array.of(INTERRUPT.live, ...leb128(epoch));
}

export function callsLostInterrupt(epoch: Epoch): Uint8Array {
  return Uint8Array.of(INTERRUPT.callsLost, ...leb128(epoch));
}

/** An unsigned number as the kernel reads it. */
export function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}
