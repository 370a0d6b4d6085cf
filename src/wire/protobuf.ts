/**
 * The only door to protobufjs and its generated code, which must find the
 * runtime set up: hence the first line.
 */
import './runtime.ts';

export { tandem } from './generated/messages.js';
export { type ProtobufReader, Reader, Writer } from './runtime.ts';
