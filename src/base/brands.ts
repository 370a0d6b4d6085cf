/**
 * Numbers that may not be mixed up. A brand costs nothing at run time; these constructors are the only casts.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Index of a log entry, from 1; 0 is the state after boot, before any entry. */
export type Position = Branded<number, 'Position'>;
/** A term of leadership, from 1; granted by the arbiter alone. */
export type Epoch = Branded<number, 'Epoch'>;
/** Index of an output, from 1, counted inside the machine. */
export type Ordinal = Branded<number, 'Ordinal'>;
/** A hash of 256 bits in 64 lower-case hexadecimal digits. */
export type Digest = Branded<string, 'Digest'>;

export const position = (value: number): Position => value as Position;
export const epoch = (value: number): Epoch => value as Epoch;
export const ordinal = (value: number): Ordinal => value as Ordinal;
export const digest = (hex: string): Digest => hex as Digest;

export const POSITION_ZERO = position(0);
