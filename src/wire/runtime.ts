/**
 * The protobuf runtime, set up for this project: 64-bit fields are plain numbers. They are
 * counts and positions below 2^53, checked by whoever reads them, and an object per field would
 * cost the vCPU thread more than the encoding itself. Imported before the generated code, which
 * looks at this setting when it is loaded.
 */
import protobuf from 'protobufjs/minimal.js';

const { util, configure, Reader, Writer } = protobuf;
(util as { Long: unknown }).Long = undefined;
configure();

export { Reader, Writer };
export type ProtobufReader = InstanceType<typeof Reader>;
