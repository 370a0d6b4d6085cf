/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const tandem = $root.tandem = (() => {

    /**
     * Namespace tandem.
     * @exports tandem
     * @namespace
     */
    const tandem = {};

    tandem.Frame = (function() {

        /**
         * Properties of a Frame.
         * @typedef {Object} tandem.Frame.$Properties
         * @property {tandem.Hello.$Properties|null} [hello] Frame hello
         * @property {tandem.Refusal.$Properties|null} [refusal] Frame refusal
         * @property {tandem.Welcome.$Properties|null} [welcome] Frame welcome
         * @property {tandem.CheckpointOffer.$Properties|null} [checkpointOffer] Frame checkpointOffer
         * @property {tandem.PagesWanted.$Properties|null} [pagesWanted] Frame pagesWanted
         * @property {tandem.Pages.$Properties|null} [pages] Frame pages
         * @property {tandem.Joined.$Properties|null} [joined] Frame joined
         * @property {tandem.Listed.$Properties|null} [listed] Frame listed
         * @property {tandem.Batch.$Properties|null} [batch] Frame batch
         * @property {tandem.Ack.$Properties|null} [ack] Frame ack
         * @property {tandem.Heartbeat.$Properties|null} [heartbeat] Frame heartbeat
         * @property {tandem.Bye.$Properties|null} [bye] Frame bye
         * @property {tandem.PackedPages.$Properties|null} [packedPages] Frame packedPages
         * @property {tandem.Registered.$Properties|null} [registered] Frame registered
         * @property {tandem.HandOver.$Properties|null} [handOver] Frame handOver
         * @property {tandem.Declined.$Properties|null} [declined] Frame declined
         * @property {tandem.Succeeded.$Properties|null} [succeeded] Frame succeeded
         * @property {"hello"|"refusal"|"welcome"|"checkpointOffer"|"pagesWanted"|"pages"|"joined"|"listed"|"batch"|"ack"|"heartbeat"|"bye"|"packedPages"|"registered"|"handOver"|"declined"|"succeeded"} [body] Frame body
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Frame.
         * @memberof tandem
         * @interface IFrame
         * @augments tandem.Frame.$Properties
         * @deprecated Use tandem.Frame.$Properties instead.
         */

        /**
         * Narrowed shape of a Frame.
         * @typedef {{
         *   hello?: tandem.Hello.$Shape|null;
         *   refusal?: tandem.Refusal.$Shape|null;
         *   welcome?: tandem.Welcome.$Shape|null;
         *   checkpointOffer?: tandem.CheckpointOffer.$Shape|null;
         *   pagesWanted?: tandem.PagesWanted.$Shape|null;
         *   pages?: tandem.Pages.$Shape|null;
         *   joined?: tandem.Joined.$Shape|null;
         *   listed?: tandem.Listed.$Shape|null;
         *   batch?: tandem.Batch.$Shape|null;
         *   ack?: tandem.Ack.$Shape|null;
         *   heartbeat?: tandem.Heartbeat.$Shape|null;
         *   bye?: tandem.Bye.$Shape|null;
         *   packedPages?: tandem.PackedPages.$Shape|null;
         *   registered?: tandem.Registered.$Shape|null;
         *   handOver?: tandem.HandOver.$Shape|null;
         *   declined?: tandem.Declined.$Shape|null;
         *   succeeded?: tandem.Succeeded.$Shape|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ body?: undefined; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "hello"; hello: tandem.Hello.$Shape; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "refusal"; hello?: null; refusal: tandem.Refusal.$Shape; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "welcome"; hello?: null; refusal?: null; welcome: tandem.Welcome.$Shape; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "checkpointOffer"; hello?: null; refusal?: null; welcome?: null; checkpointOffer: tandem.CheckpointOffer.$Shape; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "pagesWanted"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted: tandem.PagesWanted.$Shape; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "pages"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages: tandem.Pages.$Shape; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "joined"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined: tandem.Joined.$Shape; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "listed"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed: tandem.Listed.$Shape; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "batch"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch: tandem.Batch.$Shape; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "ack"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack: tandem.Ack.$Shape; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "heartbeat"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat: tandem.Heartbeat.$Shape; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "bye"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye: tandem.Bye.$Shape; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "packedPages"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages: tandem.PackedPages.$Shape; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "registered"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered: tandem.Registered.$Shape; handOver?: null; declined?: null; succeeded?: null }|{ body?: "handOver"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver: tandem.HandOver.$Shape; declined?: null; succeeded?: null }|{ body?: "declined"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined: tandem.Declined.$Shape; succeeded?: null }|{ body?: "succeeded"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded: tandem.Succeeded.$Shape })
         * )} tandem.Frame.$Shape
         */

        /**
         * Constructs a new Frame.
         * @memberof tandem
         * @classdesc Represents a Frame.
         * @constructor
         * @param {tandem.Frame.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Frame = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Frame hello.
         * @member {tandem.Hello.$Properties|null|undefined} hello
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.hello = null;

        /**
         * Frame refusal.
         * @member {tandem.Refusal.$Properties|null|undefined} refusal
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.refusal = null;

        /**
         * Frame welcome.
         * @member {tandem.Welcome.$Properties|null|undefined} welcome
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.welcome = null;

        /**
         * Frame checkpointOffer.
         * @member {tandem.CheckpointOffer.$Properties|null|undefined} checkpointOffer
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.checkpointOffer = null;

        /**
         * Frame pagesWanted.
         * @member {tandem.PagesWanted.$Properties|null|undefined} pagesWanted
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.pagesWanted = null;

        /**
         * Frame pages.
         * @member {tandem.Pages.$Properties|null|undefined} pages
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.pages = null;

        /**
         * Frame joined.
         * @member {tandem.Joined.$Properties|null|undefined} joined
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.joined = null;

        /**
         * Frame listed.
         * @member {tandem.Listed.$Properties|null|undefined} listed
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.listed = null;

        /**
         * Frame batch.
         * @member {tandem.Batch.$Properties|null|undefined} batch
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.batch = null;

        /**
         * Frame ack.
         * @member {tandem.Ack.$Properties|null|undefined} ack
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.ack = null;

        /**
         * Frame heartbeat.
         * @member {tandem.Heartbeat.$Properties|null|undefined} heartbeat
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.heartbeat = null;

        /**
         * Frame bye.
         * @member {tandem.Bye.$Properties|null|undefined} bye
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.bye = null;

        /**
         * Frame packedPages.
         * @member {tandem.PackedPages.$Properties|null|undefined} packedPages
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.packedPages = null;

        /**
         * Frame registered.
         * @member {tandem.Registered.$Properties|null|undefined} registered
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.registered = null;

        /**
         * Frame handOver.
         * @member {tandem.HandOver.$Properties|null|undefined} handOver
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.handOver = null;

        /**
         * Frame declined.
         * @member {tandem.Declined.$Properties|null|undefined} declined
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.declined = null;

        /**
         * Frame succeeded.
         * @member {tandem.Succeeded.$Properties|null|undefined} succeeded
         * @memberof tandem.Frame
         * @instance
         */
        Frame.prototype.succeeded = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * Frame body.
         * @member {"hello"|"refusal"|"welcome"|"checkpointOffer"|"pagesWanted"|"pages"|"joined"|"listed"|"batch"|"ack"|"heartbeat"|"bye"|"packedPages"|"registered"|"handOver"|"declined"|"succeeded"|undefined} body
         * @memberof tandem.Frame
         * @instance
         */
        $Object.defineProperty(Frame.prototype, "body", {
            get: $util.oneOfGetter($oneOfFields = ["hello", "refusal", "welcome", "checkpointOffer", "pagesWanted", "pages", "joined", "listed", "batch", "ack", "heartbeat", "bye", "packedPages", "registered", "handOver", "declined", "succeeded"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified Frame message. Does not implicitly {@link tandem.Frame.verify|verify} messages.
         * @function encode
         * @memberof tandem.Frame
         * @static
         * @param {tandem.Frame.$Properties} message Frame message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Frame.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.hello != null && $Object.hasOwnProperty.call(message, "hello"))
                $root.tandem.Hello.encode(message.hello, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
            if (message.refusal != null && $Object.hasOwnProperty.call(message, "refusal"))
                $root.tandem.Refusal.encode(message.refusal, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.welcome != null && $Object.hasOwnProperty.call(message, "welcome"))
                $root.tandem.Welcome.encode(message.welcome, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.checkpointOffer != null && $Object.hasOwnProperty.call(message, "checkpointOffer"))
                $root.tandem.CheckpointOffer.encode(message.checkpointOffer, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
            if (message.pagesWanted != null && $Object.hasOwnProperty.call(message, "pagesWanted"))
                $root.tandem.PagesWanted.encode(message.pagesWanted, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
            if (message.pages != null && $Object.hasOwnProperty.call(message, "pages"))
                $root.tandem.Pages.encode(message.pages, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
            if (message.joined != null && $Object.hasOwnProperty.call(message, "joined"))
                $root.tandem.Joined.encode(message.joined, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
            if (message.listed != null && $Object.hasOwnProperty.call(message, "listed"))
                $root.tandem.Listed.encode(message.listed, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
            if (message.batch != null && $Object.hasOwnProperty.call(message, "batch"))
                $root.tandem.Batch.encode(message.batch, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
            if (message.ack != null && $Object.hasOwnProperty.call(message, "ack"))
                $root.tandem.Ack.encode(message.ack, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
            if (message.heartbeat != null && $Object.hasOwnProperty.call(message, "heartbeat"))
                $root.tandem.Heartbeat.encode(message.heartbeat, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
            if (message.bye != null && $Object.hasOwnProperty.call(message, "bye"))
                $root.tandem.Bye.encode(message.bye, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
            if (message.packedPages != null && $Object.hasOwnProperty.call(message, "packedPages"))
                $root.tandem.PackedPages.encode(message.packedPages, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
            if (message.registered != null && $Object.hasOwnProperty.call(message, "registered"))
                $root.tandem.Registered.encode(message.registered, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
            if (message.handOver != null && $Object.hasOwnProperty.call(message, "handOver"))
                $root.tandem.HandOver.encode(message.handOver, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
            if (message.declined != null && $Object.hasOwnProperty.call(message, "declined"))
                $root.tandem.Declined.encode(message.declined, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
            if (message.succeeded != null && $Object.hasOwnProperty.call(message, "succeeded"))
                $root.tandem.Succeeded.encode(message.succeeded, writer.uint32(/* id 17, wireType 2 =*/138).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Frame message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Frame
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Frame & tandem.Frame.$Shape} Frame
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Frame.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Frame();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.hello = $root.tandem.Hello.decode(reader, reader.size(), $undefined, _depth + 1, message.hello);
                        message.body = "hello";
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.refusal = $root.tandem.Refusal.decode(reader, reader.size(), $undefined, _depth + 1, message.refusal);
                        message.body = "refusal";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.welcome = $root.tandem.Welcome.decode(reader, reader.size(), $undefined, _depth + 1, message.welcome);
                        message.body = "welcome";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.checkpointOffer = $root.tandem.CheckpointOffer.decode(reader, reader.size(), $undefined, _depth + 1, message.checkpointOffer);
                        message.body = "checkpointOffer";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.pagesWanted = $root.tandem.PagesWanted.decode(reader, reader.size(), $undefined, _depth + 1, message.pagesWanted);
                        message.body = "pagesWanted";
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        message.pages = $root.tandem.Pages.decode(reader, reader.size(), $undefined, _depth + 1, message.pages);
                        message.body = "pages";
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        message.joined = $root.tandem.Joined.decode(reader, reader.size(), $undefined, _depth + 1, message.joined);
                        message.body = "joined";
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.listed = $root.tandem.Listed.decode(reader, reader.size(), $undefined, _depth + 1, message.listed);
                        message.body = "listed";
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        message.batch = $root.tandem.Batch.decode(reader, reader.size(), $undefined, _depth + 1, message.batch);
                        message.body = "batch";
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        message.ack = $root.tandem.Ack.decode(reader, reader.size(), $undefined, _depth + 1, message.ack);
                        message.body = "ack";
                        continue;
                    }
                case 11: {
                        if (wireType !== 2)
                            break;
                        message.heartbeat = $root.tandem.Heartbeat.decode(reader, reader.size(), $undefined, _depth + 1, message.heartbeat);
                        message.body = "heartbeat";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        message.bye = $root.tandem.Bye.decode(reader, reader.size(), $undefined, _depth + 1, message.bye);
                        message.body = "bye";
                        continue;
                    }
                case 13: {
                        if (wireType !== 2)
                            break;
                        message.packedPages = $root.tandem.PackedPages.decode(reader, reader.size(), $undefined, _depth + 1, message.packedPages);
                        message.body = "packedPages";
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.registered = $root.tandem.Registered.decode(reader, reader.size(), $undefined, _depth + 1, message.registered);
                        message.body = "registered";
                        continue;
                    }
                case 15: {
                        if (wireType !== 2)
                            break;
                        message.handOver = $root.tandem.HandOver.decode(reader, reader.size(), $undefined, _depth + 1, message.handOver);
                        message.body = "handOver";
                        continue;
                    }
                case 16: {
                        if (wireType !== 2)
                            break;
                        message.declined = $root.tandem.Declined.decode(reader, reader.size(), $undefined, _depth + 1, message.declined);
                        message.body = "declined";
                        continue;
                    }
                case 17: {
                        if (wireType !== 2)
                            break;
                        message.succeeded = $root.tandem.Succeeded.decode(reader, reader.size(), $undefined, _depth + 1, message.succeeded);
                        message.body = "succeeded";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Frame;
    })();

    tandem.Hello = (function() {

        /**
         * Properties of a Hello.
         * @typedef {Object} tandem.Hello.$Properties
         * @property {number|null} [protocolVersion] Hello protocolVersion
         * @property {string|null} [vm] Hello vm
         * @property {Uint8Array|null} [image] Hello image
         * @property {string|null} [architecture] Hello architecture
         * @property {Uint8Array|null} [bootHash] Hello bootHash
         * @property {string|null} [incarnation] Hello incarnation
         * @property {string|null} [host] Hello host
         * @property {boolean|null} [spare] Hello spare
         * @property {number|null} [heartbeatMs] Hello heartbeatMs
         * @property {number|null} [suspectMs] Hello suspectMs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Hello.
         * @memberof tandem
         * @interface IHello
         * @augments tandem.Hello.$Properties
         * @deprecated Use tandem.Hello.$Properties instead.
         */

        /**
         * Shape of a Hello.
         * @typedef {tandem.Hello.$Properties} tandem.Hello.$Shape
         */

        /**
         * Constructs a new Hello.
         * @memberof tandem
         * @classdesc Represents a Hello.
         * @constructor
         * @param {tandem.Hello.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Hello = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Hello protocolVersion.
         * @member {number} protocolVersion
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.protocolVersion = 0;

        /**
         * Hello vm.
         * @member {string} vm
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.vm = "";

        /**
         * Hello image.
         * @member {Uint8Array} image
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.image = $util.newBuffer([]);

        /**
         * Hello architecture.
         * @member {string} architecture
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.architecture = "";

        /**
         * Hello bootHash.
         * @member {Uint8Array} bootHash
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.bootHash = $util.newBuffer([]);

        /**
         * Hello incarnation.
         * @member {string} incarnation
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.incarnation = "";

        /**
         * Hello host.
         * @member {string} host
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.host = "";

        /**
         * Hello spare.
         * @member {boolean} spare
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.spare = false;

        /**
         * Hello heartbeatMs.
         * @member {number} heartbeatMs
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.heartbeatMs = 0;

        /**
         * Hello suspectMs.
         * @member {number} suspectMs
         * @memberof tandem.Hello
         * @instance
         */
        Hello.prototype.suspectMs = 0;

        /**
         * Encodes the specified Hello message. Does not implicitly {@link tandem.Hello.verify|verify} messages.
         * @function encode
         * @memberof tandem.Hello
         * @static
         * @param {tandem.Hello.$Properties} message Hello message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Hello.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
            if (message.vm != null && $Object.hasOwnProperty.call(message, "vm") && message.vm !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.vm);
            if (message.image != null && $Object.hasOwnProperty.call(message, "image") && message.image.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.image);
            if (message.architecture != null && $Object.hasOwnProperty.call(message, "architecture") && message.architecture !== "")
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.architecture);
            if (message.bootHash != null && $Object.hasOwnProperty.call(message, "bootHash") && message.bootHash.length)
                writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.bootHash);
            if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                writer.uint32(/* id 6, wireType 2 =*/50).string(message.incarnation);
            if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                writer.uint32(/* id 7, wireType 2 =*/58).string(message.host);
            if (message.spare != null && $Object.hasOwnProperty.call(message, "spare") && message.spare !== false)
                writer.uint32(/* id 8, wireType 0 =*/64).bool(message.spare);
            if (message.heartbeatMs != null && $Object.hasOwnProperty.call(message, "heartbeatMs") && message.heartbeatMs !== 0)
                writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.heartbeatMs);
            if (message.suspectMs != null && $Object.hasOwnProperty.call(message, "suspectMs") && message.suspectMs !== 0)
                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.suspectMs);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Hello message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Hello
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Hello & tandem.Hello.$Shape} Hello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Hello.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Hello();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.protocolVersion = value;
                        else
                            delete message.protocolVersion;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.vm = value;
                        else
                            delete message.vm;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.image = value;
                        else
                            delete message.image;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.architecture = value;
                        else
                            delete message.architecture;
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.bootHash = value;
                        else
                            delete message.bootHash;
                        continue;
                    }
                case 6: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.incarnation = value;
                        else
                            delete message.incarnation;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.host = value;
                        else
                            delete message.host;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.spare = value;
                        else
                            delete message.spare;
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.heartbeatMs = value;
                        else
                            delete message.heartbeatMs;
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.suspectMs = value;
                        else
                            delete message.suspectMs;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Hello;
    })();

    tandem.Refusal = (function() {

        /**
         * Properties of a Refusal.
         * @typedef {Object} tandem.Refusal.$Properties
         * @property {string|null} [code] Refusal code
         * @property {string|null} [message] Refusal message
         * @property {string|null} [mend] Refusal mend
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Refusal.
         * @memberof tandem
         * @interface IRefusal
         * @augments tandem.Refusal.$Properties
         * @deprecated Use tandem.Refusal.$Properties instead.
         */

        /**
         * Shape of a Refusal.
         * @typedef {tandem.Refusal.$Properties} tandem.Refusal.$Shape
         */

        /**
         * Constructs a new Refusal.
         * @memberof tandem
         * @classdesc Represents a Refusal.
         * @constructor
         * @param {tandem.Refusal.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Refusal = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Refusal code.
         * @member {string} code
         * @memberof tandem.Refusal
         * @instance
         */
        Refusal.prototype.code = "";

        /**
         * Refusal message.
         * @member {string} message
         * @memberof tandem.Refusal
         * @instance
         */
        Refusal.prototype.message = "";

        /**
         * Refusal mend.
         * @member {string} mend
         * @memberof tandem.Refusal
         * @instance
         */
        Refusal.prototype.mend = "";

        /**
         * Encodes the specified Refusal message. Does not implicitly {@link tandem.Refusal.verify|verify} messages.
         * @function encode
         * @memberof tandem.Refusal
         * @static
         * @param {tandem.Refusal.$Properties} message Refusal message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Refusal.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.code);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.mend != null && $Object.hasOwnProperty.call(message, "mend") && message.mend !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.mend);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Refusal message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Refusal
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Refusal & tandem.Refusal.$Shape} Refusal
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Refusal.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Refusal();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.code = value;
                        else
                            delete message.code;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.message = value;
                        else
                            delete message.message;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.mend = value;
                        else
                            delete message.mend;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Refusal;
    })();

    tandem.Welcome = (function() {

        /**
         * Properties of a Welcome.
         * @typedef {Object} tandem.Welcome.$Properties
         * @property {number|null} [epoch] Welcome epoch
         * @property {string|null} [incarnation] Welcome incarnation
         * @property {string|null} [host] Welcome host
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Welcome.
         * @memberof tandem
         * @interface IWelcome
         * @augments tandem.Welcome.$Properties
         * @deprecated Use tandem.Welcome.$Properties instead.
         */

        /**
         * Shape of a Welcome.
         * @typedef {tandem.Welcome.$Properties} tandem.Welcome.$Shape
         */

        /**
         * Constructs a new Welcome.
         * @memberof tandem
         * @classdesc Represents a Welcome.
         * @constructor
         * @param {tandem.Welcome.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Welcome = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Welcome epoch.
         * @member {number} epoch
         * @memberof tandem.Welcome
         * @instance
         */
        Welcome.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Welcome incarnation.
         * @member {string} incarnation
         * @memberof tandem.Welcome
         * @instance
         */
        Welcome.prototype.incarnation = "";

        /**
         * Welcome host.
         * @member {string} host
         * @memberof tandem.Welcome
         * @instance
         */
        Welcome.prototype.host = "";

        /**
         * Encodes the specified Welcome message. Does not implicitly {@link tandem.Welcome.verify|verify} messages.
         * @function encode
         * @memberof tandem.Welcome
         * @static
         * @param {tandem.Welcome.$Properties} message Welcome message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Welcome.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.incarnation);
            if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.host);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Welcome message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Welcome
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Welcome & tandem.Welcome.$Shape} Welcome
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Welcome.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Welcome();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.incarnation = value;
                        else
                            delete message.incarnation;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.host = value;
                        else
                            delete message.host;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Welcome;
    })();

    tandem.Registered = (function() {

        /**
         * Properties of a Registered.
         * @typedef {Object} tandem.Registered.$Properties
         * @property {number|null} [epoch] Registered epoch
         * @property {string|null} [incarnation] Registered incarnation
         * @property {string|null} [host] Registered host
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Registered.
         * @memberof tandem
         * @interface IRegistered
         * @augments tandem.Registered.$Properties
         * @deprecated Use tandem.Registered.$Properties instead.
         */

        /**
         * Shape of a Registered.
         * @typedef {tandem.Registered.$Properties} tandem.Registered.$Shape
         */

        /**
         * Constructs a new Registered.
         * @memberof tandem
         * @classdesc Represents a Registered.
         * @constructor
         * @param {tandem.Registered.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Registered = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Registered epoch.
         * @member {number} epoch
         * @memberof tandem.Registered
         * @instance
         */
        Registered.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Registered incarnation.
         * @member {string} incarnation
         * @memberof tandem.Registered
         * @instance
         */
        Registered.prototype.incarnation = "";

        /**
         * Registered host.
         * @member {string} host
         * @memberof tandem.Registered
         * @instance
         */
        Registered.prototype.host = "";

        /**
         * Encodes the specified Registered message. Does not implicitly {@link tandem.Registered.verify|verify} messages.
         * @function encode
         * @memberof tandem.Registered
         * @static
         * @param {tandem.Registered.$Properties} message Registered message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Registered.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.incarnation);
            if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.host);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Registered message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Registered
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Registered & tandem.Registered.$Shape} Registered
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Registered.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Registered();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.incarnation = value;
                        else
                            delete message.incarnation;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.host = value;
                        else
                            delete message.host;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Registered;
    })();

    tandem.CheckpointOffer = (function() {

        /**
         * Properties of a CheckpointOffer.
         * @typedef {Object} tandem.CheckpointOffer.$Properties
         * @property {number|null} [epoch] CheckpointOffer epoch
         * @property {number|null} [position] CheckpointOffer position
         * @property {Uint8Array|null} [chain] CheckpointOffer chain
         * @property {Uint8Array|null} [stateHash] CheckpointOffer stateHash
         * @property {number|null} [sizeBytes] CheckpointOffer sizeBytes
         * @property {number|null} [pageBytes] CheckpointOffer pageBytes
         * @property {Uint8Array|null} [pageHashes] CheckpointOffer pageHashes
         * @property {number|null} [ordinal] CheckpointOffer ordinal
         * @property {number|null} [guestClockMs] CheckpointOffer guestClockMs
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CheckpointOffer.
         * @memberof tandem
         * @interface ICheckpointOffer
         * @augments tandem.CheckpointOffer.$Properties
         * @deprecated Use tandem.CheckpointOffer.$Properties instead.
         */

        /**
         * Shape of a CheckpointOffer.
         * @typedef {tandem.CheckpointOffer.$Properties} tandem.CheckpointOffer.$Shape
         */

        /**
         * Constructs a new CheckpointOffer.
         * @memberof tandem
         * @classdesc Represents a CheckpointOffer.
         * @constructor
         * @param {tandem.CheckpointOffer.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CheckpointOffer = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CheckpointOffer epoch.
         * @member {number} epoch
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * CheckpointOffer position.
         * @member {number} position
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.position = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * CheckpointOffer chain.
         * @member {Uint8Array} chain
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.chain = $util.newBuffer([]);

        /**
         * CheckpointOffer stateHash.
         * @member {Uint8Array} stateHash
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.stateHash = $util.newBuffer([]);

        /**
         * CheckpointOffer sizeBytes.
         * @member {number} sizeBytes
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.sizeBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * CheckpointOffer pageBytes.
         * @member {number} pageBytes
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.pageBytes = 0;

        /**
         * CheckpointOffer pageHashes.
         * @member {Uint8Array} pageHashes
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.pageHashes = $util.newBuffer([]);

        /**
         * CheckpointOffer ordinal.
         * @member {number} ordinal
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.ordinal = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * CheckpointOffer guestClockMs.
         * @member {number} guestClockMs
         * @memberof tandem.CheckpointOffer
         * @instance
         */
        CheckpointOffer.prototype.guestClockMs = 0;

        /**
         * Encodes the specified CheckpointOffer message. Does not implicitly {@link tandem.CheckpointOffer.verify|verify} messages.
         * @function encode
         * @memberof tandem.CheckpointOffer
         * @static
         * @param {tandem.CheckpointOffer.$Properties} message CheckpointOffer message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CheckpointOffer.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.position != null && $Object.hasOwnProperty.call(message, "position") && (typeof message.position === "object" ? message.position.low || message.position.high : message.position !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.position);
            if (message.chain != null && $Object.hasOwnProperty.call(message, "chain") && message.chain.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.chain);
            if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash") && message.stateHash.length)
                writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.stateHash);
            if (message.sizeBytes != null && $Object.hasOwnProperty.call(message, "sizeBytes") && (typeof message.sizeBytes === "object" ? message.sizeBytes.low || message.sizeBytes.high : message.sizeBytes !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.sizeBytes);
            if (message.pageBytes != null && $Object.hasOwnProperty.call(message, "pageBytes") && message.pageBytes !== 0)
                writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.pageBytes);
            if (message.pageHashes != null && $Object.hasOwnProperty.call(message, "pageHashes") && message.pageHashes.length)
                writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.pageHashes);
            if (message.ordinal != null && $Object.hasOwnProperty.call(message, "ordinal") && (typeof message.ordinal === "object" ? message.ordinal.low || message.ordinal.high : message.ordinal !== 0))
                writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.ordinal);
            if (message.guestClockMs != null && $Object.hasOwnProperty.call(message, "guestClockMs") && !$Object.is(message.guestClockMs, 0))
                writer.uint32(/* id 9, wireType 1 =*/73).double(message.guestClockMs);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CheckpointOffer message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.CheckpointOffer
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.CheckpointOffer & tandem.CheckpointOffer.$Shape} CheckpointOffer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CheckpointOffer.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.CheckpointOffer();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.position = value;
                        else
                            delete message.position;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.chain = value;
                        else
                            delete message.chain;
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.stateHash = value;
                        else
                            delete message.stateHash;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.sizeBytes = value;
                        else
                            delete message.sizeBytes;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.pageBytes = value;
                        else
                            delete message.pageBytes;
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.pageHashes = value;
                        else
                            delete message.pageHashes;
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.ordinal = value;
                        else
                            delete message.ordinal;
                        continue;
                    }
                case 9: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.guestClockMs = value;
                        else
                            delete message.guestClockMs;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return CheckpointOffer;
    })();

    tandem.PagesWanted = (function() {

        /**
         * Properties of a PagesWanted.
         * @typedef {Object} tandem.PagesWanted.$Properties
         * @property {number|null} [epoch] PagesWanted epoch
         * @property {Array.<number>|null} [indices] PagesWanted indices
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PagesWanted.
         * @memberof tandem
         * @interface IPagesWanted
         * @augments tandem.PagesWanted.$Properties
         * @deprecated Use tandem.PagesWanted.$Properties instead.
         */

        /**
         * Shape of a PagesWanted.
         * @typedef {tandem.PagesWanted.$Properties} tandem.PagesWanted.$Shape
         */

        /**
         * Constructs a new PagesWanted.
         * @memberof tandem
         * @classdesc Represents a PagesWanted.
         * @constructor
         * @param {tandem.PagesWanted.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PagesWanted = function (properties) {
            this.indices = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * PagesWanted epoch.
         * @member {number} epoch
         * @memberof tandem.PagesWanted
         * @instance
         */
        PagesWanted.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * PagesWanted indices.
         * @member {Array.<number>} indices
         * @memberof tandem.PagesWanted
         * @instance
         */
        PagesWanted.prototype.indices = $util.emptyArray;

        /**
         * Encodes the specified PagesWanted message. Does not implicitly {@link tandem.PagesWanted.verify|verify} messages.
         * @function encode
         * @memberof tandem.PagesWanted
         * @static
         * @param {tandem.PagesWanted.$Properties} message PagesWanted message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PagesWanted.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.indices != null && message.indices.length)
                writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.indices);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a PagesWanted message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.PagesWanted
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.PagesWanted & tandem.PagesWanted.$Shape} PagesWanted
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PagesWanted.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.PagesWanted();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType === 2) {
                            if (!(message.indices && message.indices.length))
                                message.indices = [];
                            reader.uint32s(message.indices);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.indices && message.indices.length))
                            message.indices = [];
                        message.indices.push(reader.uint32());
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return PagesWanted;
    })();

    tandem.Pages = (function() {

        /**
         * Properties of a Pages.
         * @typedef {Object} tandem.Pages.$Properties
         * @property {number|null} [epoch] Pages epoch
         * @property {Array.<tandem.Page.$Properties>|null} [pages] Pages pages
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Pages.
         * @memberof tandem
         * @interface IPages
         * @augments tandem.Pages.$Properties
         * @deprecated Use tandem.Pages.$Properties instead.
         */

        /**
         * Shape of a Pages.
         * @typedef {tandem.Pages.$Properties} tandem.Pages.$Shape
         */

        /**
         * Constructs a new Pages.
         * @memberof tandem
         * @classdesc Represents a Pages.
         * @constructor
         * @param {tandem.Pages.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Pages = function (properties) {
            this.pages = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Pages epoch.
         * @member {number} epoch
         * @memberof tandem.Pages
         * @instance
         */
        Pages.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Pages pages.
         * @member {Array.<tandem.Page.$Properties>} pages
         * @memberof tandem.Pages
         * @instance
         */
        Pages.prototype.pages = $util.emptyArray;

        /**
         * Encodes the specified Pages message. Does not implicitly {@link tandem.Pages.verify|verify} messages.
         * @function encode
         * @memberof tandem.Pages
         * @static
         * @param {tandem.Pages.$Properties} message Pages message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Pages.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.pages != null && message.pages.length)
                for (let i = 0; i < message.pages.length; ++i)
                    $root.tandem.Page.encode(message.pages[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Pages message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Pages
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Pages & tandem.Pages.$Shape} Pages
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Pages.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Pages();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if (!(message.pages && message.pages.length))
                            message.pages = [];
                        message.pages.push($root.tandem.Page.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Pages;
    })();

    tandem.Page = (function() {

        /**
         * Properties of a Page.
         * @typedef {Object} tandem.Page.$Properties
         * @property {number|null} [index] Page index
         * @property {Uint8Array|null} [content] Page content
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Page.
         * @memberof tandem
         * @interface IPage
         * @augments tandem.Page.$Properties
         * @deprecated Use tandem.Page.$Properties instead.
         */

        /**
         * Shape of a Page.
         * @typedef {tandem.Page.$Properties} tandem.Page.$Shape
         */

        /**
         * Constructs a new Page.
         * @memberof tandem
         * @classdesc Represents a Page.
         * @constructor
         * @param {tandem.Page.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Page = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Page index.
         * @member {number} index
         * @memberof tandem.Page
         * @instance
         */
        Page.prototype.index = 0;

        /**
         * Page content.
         * @member {Uint8Array} content
         * @memberof tandem.Page
         * @instance
         */
        Page.prototype.content = $util.newBuffer([]);

        /**
         * Encodes the specified Page message. Does not implicitly {@link tandem.Page.verify|verify} messages.
         * @function encode
         * @memberof tandem.Page
         * @static
         * @param {tandem.Page.$Properties} message Page message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Page.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.index);
            if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.content);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Page message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Page
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Page & tandem.Page.$Shape} Page
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Page.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Page();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.uint32())
                            message.index = value;
                        else
                            delete message.index;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.content = value;
                        else
                            delete message.content;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Page;
    })();

    tandem.PackedPages = (function() {

        /**
         * Properties of a PackedPages.
         * @typedef {Object} tandem.PackedPages.$Properties
         * @property {number|null} [epoch] PackedPages epoch
         * @property {Array.<number>|null} [indices] PackedPages indices
         * @property {Uint8Array|null} [brotli] PackedPages brotli
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a PackedPages.
         * @memberof tandem
         * @interface IPackedPages
         * @augments tandem.PackedPages.$Properties
         * @deprecated Use tandem.PackedPages.$Properties instead.
         */

        /**
         * Shape of a PackedPages.
         * @typedef {tandem.PackedPages.$Properties} tandem.PackedPages.$Shape
         */

        /**
         * Constructs a new PackedPages.
         * @memberof tandem
         * @classdesc Represents a PackedPages.
         * @constructor
         * @param {tandem.PackedPages.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const PackedPages = function (properties) {
            this.indices = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * PackedPages epoch.
         * @member {number} epoch
         * @memberof tandem.PackedPages
         * @instance
         */
        PackedPages.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * PackedPages indices.
         * @member {Array.<number>} indices
         * @memberof tandem.PackedPages
         * @instance
         */
        PackedPages.prototype.indices = $util.emptyArray;

        /**
         * PackedPages brotli.
         * @member {Uint8Array} brotli
         * @memberof tandem.PackedPages
         * @instance
         */
        PackedPages.prototype.brotli = $util.newBuffer([]);

        /**
         * Encodes the specified PackedPages message. Does not implicitly {@link tandem.PackedPages.verify|verify} messages.
         * @function encode
         * @memberof tandem.PackedPages
         * @static
         * @param {tandem.PackedPages.$Properties} message PackedPages message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        PackedPages.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.indices != null && message.indices.length)
                writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.indices);
            if (message.brotli != null && $Object.hasOwnProperty.call(message, "brotli") && message.brotli.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.brotli);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a PackedPages message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.PackedPages
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.PackedPages & tandem.PackedPages.$Shape} PackedPages
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        PackedPages.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.PackedPages();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType === 2) {
                            if (!(message.indices && message.indices.length))
                                message.indices = [];
                            reader.uint32s(message.indices);
                            continue;
                        }
                        if (wireType !== 0)
                            break;
                        if (!(message.indices && message.indices.length))
                            message.indices = [];
                        message.indices.push(reader.uint32());
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.brotli = value;
                        else
                            delete message.brotli;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return PackedPages;
    })();

    tandem.Joined = (function() {

        /**
         * Properties of a Joined.
         * @typedef {Object} tandem.Joined.$Properties
         * @property {number|null} [epoch] Joined epoch
         * @property {number|null} [position] Joined position
         * @property {Uint8Array|null} [stateHash] Joined stateHash
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Joined.
         * @memberof tandem
         * @interface IJoined
         * @augments tandem.Joined.$Properties
         * @deprecated Use tandem.Joined.$Properties instead.
         */

        /**
         * Shape of a Joined.
         * @typedef {tandem.Joined.$Properties} tandem.Joined.$Shape
         */

        /**
         * Constructs a new Joined.
         * @memberof tandem
         * @classdesc Represents a Joined.
         * @constructor
         * @param {tandem.Joined.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Joined = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Joined epoch.
         * @member {number} epoch
         * @memberof tandem.Joined
         * @instance
         */
        Joined.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Joined position.
         * @member {number} position
         * @memberof tandem.Joined
         * @instance
         */
        Joined.prototype.position = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Joined stateHash.
         * @member {Uint8Array} stateHash
         * @memberof tandem.Joined
         * @instance
         */
        Joined.prototype.stateHash = $util.newBuffer([]);

        /**
         * Encodes the specified Joined message. Does not implicitly {@link tandem.Joined.verify|verify} messages.
         * @function encode
         * @memberof tandem.Joined
         * @static
         * @param {tandem.Joined.$Properties} message Joined message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Joined.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.position != null && $Object.hasOwnProperty.call(message, "position") && (typeof message.position === "object" ? message.position.low || message.position.high : message.position !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.position);
            if (message.stateHash != null && $Object.hasOwnProperty.call(message, "stateHash") && message.stateHash.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.stateHash);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Joined message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Joined
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Joined & tandem.Joined.$Shape} Joined
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Joined.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Joined();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.position = value;
                        else
                            delete message.position;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.stateHash = value;
                        else
                            delete message.stateHash;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Joined;
    })();

    tandem.Listed = (function() {

        /**
         * Properties of a Listed.
         * @typedef {Object} tandem.Listed.$Properties
         * @property {number|null} [epoch] Listed epoch
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Listed.
         * @memberof tandem
         * @interface IListed
         * @augments tandem.Listed.$Properties
         * @deprecated Use tandem.Listed.$Properties instead.
         */

        /**
         * Shape of a Listed.
         * @typedef {tandem.Listed.$Properties} tandem.Listed.$Shape
         */

        /**
         * Constructs a new Listed.
         * @memberof tandem
         * @classdesc Represents a Listed.
         * @constructor
         * @param {tandem.Listed.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Listed = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Listed epoch.
         * @member {number} epoch
         * @memberof tandem.Listed
         * @instance
         */
        Listed.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Encodes the specified Listed message. Does not implicitly {@link tandem.Listed.verify|verify} messages.
         * @function encode
         * @memberof tandem.Listed
         * @static
         * @param {tandem.Listed.$Properties} message Listed message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Listed.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Listed message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Listed
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Listed & tandem.Listed.$Shape} Listed
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Listed.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Listed();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Listed;
    })();

    tandem.Batch = (function() {

        /**
         * Properties of a Batch.
         * @typedef {Object} tandem.Batch.$Properties
         * @property {number|null} [epoch] Batch epoch
         * @property {Uint8Array|null} [chainTag] Batch chainTag
         * @property {Uint8Array|null} [entries] Batch entries
         * @property {number|null} [recordedIn] Batch recordedIn
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Batch.
         * @memberof tandem
         * @interface IBatch
         * @augments tandem.Batch.$Properties
         * @deprecated Use tandem.Batch.$Properties instead.
         */

        /**
         * Shape of a Batch.
         * @typedef {tandem.Batch.$Properties} tandem.Batch.$Shape
         */

        /**
         * Constructs a new Batch.
         * @memberof tandem
         * @classdesc Represents a Batch.
         * @constructor
         * @param {tandem.Batch.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Batch = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Batch epoch.
         * @member {number} epoch
         * @memberof tandem.Batch
         * @instance
         */
        Batch.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Batch chainTag.
         * @member {Uint8Array} chainTag
         * @memberof tandem.Batch
         * @instance
         */
        Batch.prototype.chainTag = $util.newBuffer([]);

        /**
         * Batch entries.
         * @member {Uint8Array} entries
         * @memberof tandem.Batch
         * @instance
         */
        Batch.prototype.entries = $util.newBuffer([]);

        /**
         * Batch recordedIn.
         * @member {number} recordedIn
         * @memberof tandem.Batch
         * @instance
         */
        Batch.prototype.recordedIn = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Encodes the specified Batch message. Does not implicitly {@link tandem.Batch.verify|verify} messages.
         * @function encode
         * @memberof tandem.Batch
         * @static
         * @param {tandem.Batch.$Properties} message Batch message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Batch.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.chainTag != null && $Object.hasOwnProperty.call(message, "chainTag") && message.chainTag.length)
                writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.chainTag);
            if (message.entries != null && $Object.hasOwnProperty.call(message, "entries") && message.entries.length)
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.entries);
            if (message.recordedIn != null && $Object.hasOwnProperty.call(message, "recordedIn") && (typeof message.recordedIn === "object" ? message.recordedIn.low || message.recordedIn.high : message.recordedIn !== 0))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.recordedIn);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Batch message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Batch
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Batch & tandem.Batch.$Shape} Batch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Batch.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Batch();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.chainTag = value;
                        else
                            delete message.chainTag;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.entries = value;
                        else
                            delete message.entries;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.recordedIn = value;
                        else
                            delete message.recordedIn;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Batch;
    })();

    tandem.Ack = (function() {

        /**
         * Properties of an Ack.
         * @typedef {Object} tandem.Ack.$Properties
         * @property {number|null} [epoch] Ack epoch
         * @property {number|null} [received] Ack received
         * @property {number|null} [replayed] Ack replayed
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of an Ack.
         * @memberof tandem
         * @interface IAck
         * @augments tandem.Ack.$Properties
         * @deprecated Use tandem.Ack.$Properties instead.
         */

        /**
         * Shape of an Ack.
         * @typedef {tandem.Ack.$Properties} tandem.Ack.$Shape
         */

        /**
         * Constructs a new Ack.
         * @memberof tandem
         * @classdesc Represents an Ack.
         * @constructor
         * @param {tandem.Ack.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Ack = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Ack epoch.
         * @member {number} epoch
         * @memberof tandem.Ack
         * @instance
         */
        Ack.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Ack received.
         * @member {number} received
         * @memberof tandem.Ack
         * @instance
         */
        Ack.prototype.received = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Ack replayed.
         * @member {number} replayed
         * @memberof tandem.Ack
         * @instance
         */
        Ack.prototype.replayed = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Encodes the specified Ack message. Does not implicitly {@link tandem.Ack.verify|verify} messages.
         * @function encode
         * @memberof tandem.Ack
         * @static
         * @param {tandem.Ack.$Properties} message Ack message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Ack.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.received != null && $Object.hasOwnProperty.call(message, "received") && (typeof message.received === "object" ? message.received.low || message.received.high : message.received !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.received);
            if (message.replayed != null && $Object.hasOwnProperty.call(message, "replayed") && (typeof message.replayed === "object" ? message.replayed.low || message.replayed.high : message.replayed !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.replayed);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes an Ack message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Ack
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Ack & tandem.Ack.$Shape} Ack
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Ack.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Ack();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.received = value;
                        else
                            delete message.received;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.replayed = value;
                        else
                            delete message.replayed;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Ack;
    })();

    tandem.Heartbeat = (function() {

        /**
         * Properties of a Heartbeat.
         * @typedef {Object} tandem.Heartbeat.$Properties
         * @property {number|null} [epoch] Heartbeat epoch
         * @property {number|null} [sentTenths] Heartbeat sentTenths
         * @property {number|null} [echoTenths] Heartbeat echoTenths
         * @property {number|null} [guestClockMs] Heartbeat guestClockMs
         * @property {number|null} [releasedOrdinal] Heartbeat releasedOrdinal
         * @property {number|null} [printedOrdinal] Heartbeat printedOrdinal
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Heartbeat.
         * @memberof tandem
         * @interface IHeartbeat
         * @augments tandem.Heartbeat.$Properties
         * @deprecated Use tandem.Heartbeat.$Properties instead.
         */

        /**
         * Shape of a Heartbeat.
         * @typedef {tandem.Heartbeat.$Properties} tandem.Heartbeat.$Shape
         */

        /**
         * Constructs a new Heartbeat.
         * @memberof tandem
         * @classdesc Represents a Heartbeat.
         * @constructor
         * @param {tandem.Heartbeat.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Heartbeat = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Heartbeat epoch.
         * @member {number} epoch
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Heartbeat sentTenths.
         * @member {number} sentTenths
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.sentTenths = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Heartbeat echoTenths.
         * @member {number} echoTenths
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.echoTenths = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Heartbeat guestClockMs.
         * @member {number|null|undefined} guestClockMs
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.guestClockMs = null;

        /**
         * Heartbeat releasedOrdinal.
         * @member {number} releasedOrdinal
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.releasedOrdinal = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Heartbeat printedOrdinal.
         * @member {number} printedOrdinal
         * @memberof tandem.Heartbeat
         * @instance
         */
        Heartbeat.prototype.printedOrdinal = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(Heartbeat.prototype, "_guestClockMs", {
            get: $util.oneOfGetter($oneOfFields = ["guestClockMs"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified Heartbeat message. Does not implicitly {@link tandem.Heartbeat.verify|verify} messages.
         * @function encode
         * @memberof tandem.Heartbeat
         * @static
         * @param {tandem.Heartbeat.$Properties} message Heartbeat message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Heartbeat.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.sentTenths != null && $Object.hasOwnProperty.call(message, "sentTenths") && (typeof message.sentTenths === "object" ? message.sentTenths.low || message.sentTenths.high : message.sentTenths !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.sentTenths);
            if (message.echoTenths != null && $Object.hasOwnProperty.call(message, "echoTenths") && (typeof message.echoTenths === "object" ? message.echoTenths.low || message.echoTenths.high : message.echoTenths !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.echoTenths);
            if (message.guestClockMs != null && $Object.hasOwnProperty.call(message, "guestClockMs"))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.guestClockMs);
            if (message.releasedOrdinal != null && $Object.hasOwnProperty.call(message, "releasedOrdinal") && (typeof message.releasedOrdinal === "object" ? message.releasedOrdinal.low || message.releasedOrdinal.high : message.releasedOrdinal !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.releasedOrdinal);
            if (message.printedOrdinal != null && $Object.hasOwnProperty.call(message, "printedOrdinal") && (typeof message.printedOrdinal === "object" ? message.printedOrdinal.low || message.printedOrdinal.high : message.printedOrdinal !== 0))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.printedOrdinal);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Heartbeat message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Heartbeat
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Heartbeat & tandem.Heartbeat.$Shape} Heartbeat
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Heartbeat.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Heartbeat();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.sentTenths = value;
                        else
                            delete message.sentTenths;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.echoTenths = value;
                        else
                            delete message.echoTenths;
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        message.guestClockMs = reader.uint64();
                        message._guestClockMs = "guestClockMs";
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.releasedOrdinal = value;
                        else
                            delete message.releasedOrdinal;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.printedOrdinal = value;
                        else
                            delete message.printedOrdinal;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Heartbeat;
    })();

    tandem.Bye = (function() {

        /**
         * Properties of a Bye.
         * @typedef {Object} tandem.Bye.$Properties
         * @property {number|null} [epoch] Bye epoch
         * @property {string|null} [reason] Bye reason
         * @property {number|null} [exitCode] Bye exitCode
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Bye.
         * @memberof tandem
         * @interface IBye
         * @augments tandem.Bye.$Properties
         * @deprecated Use tandem.Bye.$Properties instead.
         */

        /**
         * Shape of a Bye.
         * @typedef {tandem.Bye.$Properties} tandem.Bye.$Shape
         */

        /**
         * Constructs a new Bye.
         * @memberof tandem
         * @classdesc Represents a Bye.
         * @constructor
         * @param {tandem.Bye.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Bye = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Bye epoch.
         * @member {number} epoch
         * @memberof tandem.Bye
         * @instance
         */
        Bye.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Bye reason.
         * @member {string} reason
         * @memberof tandem.Bye
         * @instance
         */
        Bye.prototype.reason = "";

        /**
         * Bye exitCode.
         * @member {number|null|undefined} exitCode
         * @memberof tandem.Bye
         * @instance
         */
        Bye.prototype.exitCode = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(Bye.prototype, "_exitCode", {
            get: $util.oneOfGetter($oneOfFields = ["exitCode"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified Bye message. Does not implicitly {@link tandem.Bye.verify|verify} messages.
         * @function encode
         * @memberof tandem.Bye
         * @static
         * @param {tandem.Bye.$Properties} message Bye message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Bye.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.reason);
            if (message.exitCode != null && $Object.hasOwnProperty.call(message, "exitCode"))
                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.exitCode);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Bye message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Bye
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Bye & tandem.Bye.$Shape} Bye
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Bye.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Bye();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.reason = value;
                        else
                            delete message.reason;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        message.exitCode = reader.uint32();
                        message._exitCode = "exitCode";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Bye;
    })();

    tandem.HandOver = (function() {

        /**
         * Properties of a HandOver.
         * @typedef {Object} tandem.HandOver.$Properties
         * @property {number|null} [epoch] HandOver epoch
         * @property {string|null} [incarnation] HandOver incarnation
         * @property {number|null} [position] HandOver position
         * @property {number|null} [guestClockMs] HandOver guestClockMs
         * @property {number|null} [releasedOrdinal] HandOver releasedOrdinal
         * @property {number|null} [printedOrdinal] HandOver printedOrdinal
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a HandOver.
         * @memberof tandem
         * @interface IHandOver
         * @augments tandem.HandOver.$Properties
         * @deprecated Use tandem.HandOver.$Properties instead.
         */

        /**
         * Shape of a HandOver.
         * @typedef {tandem.HandOver.$Properties} tandem.HandOver.$Shape
         */

        /**
         * Constructs a new HandOver.
         * @memberof tandem
         * @classdesc Represents a HandOver.
         * @constructor
         * @param {tandem.HandOver.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const HandOver = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * HandOver epoch.
         * @member {number} epoch
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * HandOver incarnation.
         * @member {string} incarnation
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.incarnation = "";

        /**
         * HandOver position.
         * @member {number} position
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.position = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * HandOver guestClockMs.
         * @member {number} guestClockMs
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.guestClockMs = 0;

        /**
         * HandOver releasedOrdinal.
         * @member {number} releasedOrdinal
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.releasedOrdinal = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * HandOver printedOrdinal.
         * @member {number} printedOrdinal
         * @memberof tandem.HandOver
         * @instance
         */
        HandOver.prototype.printedOrdinal = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Encodes the specified HandOver message. Does not implicitly {@link tandem.HandOver.verify|verify} messages.
         * @function encode
         * @memberof tandem.HandOver
         * @static
         * @param {tandem.HandOver.$Properties} message HandOver message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        HandOver.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.incarnation != null && $Object.hasOwnProperty.call(message, "incarnation") && message.incarnation !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.incarnation);
            if (message.position != null && $Object.hasOwnProperty.call(message, "position") && (typeof message.position === "object" ? message.position.low || message.position.high : message.position !== 0))
                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.position);
            if (message.guestClockMs != null && $Object.hasOwnProperty.call(message, "guestClockMs") && !$Object.is(message.guestClockMs, 0))
                writer.uint32(/* id 4, wireType 1 =*/33).double(message.guestClockMs);
            if (message.releasedOrdinal != null && $Object.hasOwnProperty.call(message, "releasedOrdinal") && (typeof message.releasedOrdinal === "object" ? message.releasedOrdinal.low || message.releasedOrdinal.high : message.releasedOrdinal !== 0))
                writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.releasedOrdinal);
            if (message.printedOrdinal != null && $Object.hasOwnProperty.call(message, "printedOrdinal") && (typeof message.printedOrdinal === "object" ? message.printedOrdinal.low || message.printedOrdinal.high : message.printedOrdinal !== 0))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.printedOrdinal);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a HandOver message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.HandOver
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.HandOver & tandem.HandOver.$Shape} HandOver
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        HandOver.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.HandOver();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.incarnation = value;
                        else
                            delete message.incarnation;
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.position = value;
                        else
                            delete message.position;
                        continue;
                    }
                case 4: {
                        if (wireType !== 1)
                            break;
                        if (!$Object.is(value = reader.double(), 0))
                            message.guestClockMs = value;
                        else
                            delete message.guestClockMs;
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.releasedOrdinal = value;
                        else
                            delete message.releasedOrdinal;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.printedOrdinal = value;
                        else
                            delete message.printedOrdinal;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return HandOver;
    })();

    tandem.Declined = (function() {

        /**
         * Properties of a Declined.
         * @typedef {Object} tandem.Declined.$Properties
         * @property {number|null} [epoch] Declined epoch
         * @property {string|null} [reason] Declined reason
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Declined.
         * @memberof tandem
         * @interface IDeclined
         * @augments tandem.Declined.$Properties
         * @deprecated Use tandem.Declined.$Properties instead.
         */

        /**
         * Shape of a Declined.
         * @typedef {tandem.Declined.$Properties} tandem.Declined.$Shape
         */

        /**
         * Constructs a new Declined.
         * @memberof tandem
         * @classdesc Represents a Declined.
         * @constructor
         * @param {tandem.Declined.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Declined = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Declined epoch.
         * @member {number} epoch
         * @memberof tandem.Declined
         * @instance
         */
        Declined.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Declined reason.
         * @member {string} reason
         * @memberof tandem.Declined
         * @instance
         */
        Declined.prototype.reason = "";

        /**
         * Encodes the specified Declined message. Does not implicitly {@link tandem.Declined.verify|verify} messages.
         * @function encode
         * @memberof tandem.Declined
         * @static
         * @param {tandem.Declined.$Properties} message Declined message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Declined.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.reason);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Declined message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Declined
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Declined & tandem.Declined.$Shape} Declined
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Declined.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Declined();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.reason = value;
                        else
                            delete message.reason;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Declined;
    })();

    tandem.Succeeded = (function() {

        /**
         * Properties of a Succeeded.
         * @typedef {Object} tandem.Succeeded.$Properties
         * @property {number|null} [epoch] Succeeded epoch
         * @property {string|null} [url] Succeeded url
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a Succeeded.
         * @memberof tandem
         * @interface ISucceeded
         * @augments tandem.Succeeded.$Properties
         * @deprecated Use tandem.Succeeded.$Properties instead.
         */

        /**
         * Shape of a Succeeded.
         * @typedef {tandem.Succeeded.$Properties} tandem.Succeeded.$Shape
         */

        /**
         * Constructs a new Succeeded.
         * @memberof tandem
         * @classdesc Represents a Succeeded.
         * @constructor
         * @param {tandem.Succeeded.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const Succeeded = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * Succeeded epoch.
         * @member {number} epoch
         * @memberof tandem.Succeeded
         * @instance
         */
        Succeeded.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * Succeeded url.
         * @member {string} url
         * @memberof tandem.Succeeded
         * @instance
         */
        Succeeded.prototype.url = "";

        /**
         * Encodes the specified Succeeded message. Does not implicitly {@link tandem.Succeeded.verify|verify} messages.
         * @function encode
         * @memberof tandem.Succeeded
         * @static
         * @param {tandem.Succeeded.$Properties} message Succeeded message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        Succeeded.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
            if (message.url != null && $Object.hasOwnProperty.call(message, "url") && message.url !== "")
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.url);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a Succeeded message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.Succeeded
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.Succeeded & tandem.Succeeded.$Shape} Succeeded
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        Succeeded.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.Succeeded();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.epoch = value;
                        else
                            delete message.epoch;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.url = value;
                        else
                            delete message.url;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return Succeeded;
    })();

    tandem.LogEntry = (function() {

        /**
         * Properties of a LogEntry.
         * @typedef {Object} tandem.LogEntry.$Properties
         * @property {number|null} [advanceMs] LogEntry advanceMs
         * @property {number|null} [poll] LogEntry poll
         * @property {Uint8Array|null} [interrupt] LogEntry interrupt
         * @property {number|null} [clock] LogEntry clock
         * @property {Uint8Array|null} [entropy] LogEntry entropy
         * @property {number|null} [mark] LogEntry mark
         * @property {number|null} [turnEnd] LogEntry turnEnd
         * @property {number|null} [kill] LogEntry kill
         * @property {Uint8Array|null} [hashPoint] LogEntry hashPoint
         * @property {number|null} [limits] LogEntry limits
         * @property {number|null} [stop] LogEntry stop
         * @property {number|null} [handOver] LogEntry handOver
         * @property {"interrupt"|"clock"|"entropy"|"mark"|"turnEnd"|"kill"|"hashPoint"|"limits"|"stop"|"handOver"} [kind] LogEntry kind
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a LogEntry.
         * @memberof tandem
         * @interface ILogEntry
         * @augments tandem.LogEntry.$Properties
         * @deprecated Use tandem.LogEntry.$Properties instead.
         */

        /**
         * Narrowed shape of a LogEntry.
         * @typedef {{
         *   advanceMs?: number|null;
         *   poll?: number|null;
         *   interrupt?: Uint8Array|null;
         *   clock?: number|null;
         *   entropy?: Uint8Array|null;
         *   mark?: number|null;
         *   turnEnd?: number|null;
         *   kill?: number|null;
         *   hashPoint?: Uint8Array|null;
         *   limits?: number|null;
         *   stop?: number|null;
         *   handOver?: number|null;
         *   $unknowns?: Array.<Uint8Array>;
         * } & (
         *   ({ kind?: undefined; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "interrupt"; interrupt: Uint8Array; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "clock"; interrupt?: null; clock: number; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "entropy"; interrupt?: null; clock?: null; entropy: Uint8Array; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "mark"; interrupt?: null; clock?: null; entropy?: null; mark: number; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "turnEnd"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd: number; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "kill"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill: number; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "hashPoint"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint: Uint8Array; limits?: null; stop?: null; handOver?: null }|{ kind?: "limits"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits: number; stop?: null; handOver?: null }|{ kind?: "stop"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop: number; handOver?: null }|{ kind?: "handOver"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver: number })
         * )} tandem.LogEntry.$Shape
         */

        /**
         * Constructs a new LogEntry.
         * @memberof tandem
         * @classdesc Represents a LogEntry.
         * @constructor
         * @param {tandem.LogEntry.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const LogEntry = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * LogEntry advanceMs.
         * @member {number} advanceMs
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.advanceMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * LogEntry poll.
         * @member {number} poll
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.poll = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

        /**
         * LogEntry interrupt.
         * @member {Uint8Array|null|undefined} interrupt
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.interrupt = null;

        /**
         * LogEntry clock.
         * @member {number|null|undefined} clock
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.clock = null;

        /**
         * LogEntry entropy.
         * @member {Uint8Array|null|undefined} entropy
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.entropy = null;

        /**
         * LogEntry mark.
         * @member {number|null|undefined} mark
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.mark = null;

        /**
         * LogEntry turnEnd.
         * @member {number|null|undefined} turnEnd
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.turnEnd = null;

        /**
         * LogEntry kill.
         * @member {number|null|undefined} kill
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.kill = null;

        /**
         * LogEntry hashPoint.
         * @member {Uint8Array|null|undefined} hashPoint
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.hashPoint = null;

        /**
         * LogEntry limits.
         * @member {number|null|undefined} limits
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.limits = null;

        /**
         * LogEntry stop.
         * @member {number|null|undefined} stop
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.stop = null;

        /**
         * LogEntry handOver.
         * @member {number|null|undefined} handOver
         * @memberof tandem.LogEntry
         * @instance
         */
        LogEntry.prototype.handOver = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        /**
         * LogEntry kind.
         * @member {"interrupt"|"clock"|"entropy"|"mark"|"turnEnd"|"kill"|"hashPoint"|"limits"|"stop"|"handOver"|undefined} kind
         * @memberof tandem.LogEntry
         * @instance
         */
        $Object.defineProperty(LogEntry.prototype, "kind", {
            get: $util.oneOfGetter($oneOfFields = ["interrupt", "clock", "entropy", "mark", "turnEnd", "kill", "hashPoint", "limits", "stop", "handOver"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Encodes the specified LogEntry message. Does not implicitly {@link tandem.LogEntry.verify|verify} messages.
         * @function encode
         * @memberof tandem.LogEntry
         * @static
         * @param {tandem.LogEntry.$Properties} message LogEntry message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        LogEntry.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.advanceMs != null && $Object.hasOwnProperty.call(message, "advanceMs") && (typeof message.advanceMs === "object" ? message.advanceMs.low || message.advanceMs.high : message.advanceMs !== 0))
                writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.advanceMs);
            if (message.poll != null && $Object.hasOwnProperty.call(message, "poll") && (typeof message.poll === "object" ? message.poll.low || message.poll.high : message.poll !== 0))
                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.poll);
            if (message.interrupt != null && $Object.hasOwnProperty.call(message, "interrupt"))
                writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.interrupt);
            if (message.clock != null && $Object.hasOwnProperty.call(message, "clock"))
                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.clock);
            if (message.entropy != null && $Object.hasOwnProperty.call(message, "entropy"))
                writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.entropy);
            if (message.mark != null && $Object.hasOwnProperty.call(message, "mark"))
                writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.mark);
            if (message.turnEnd != null && $Object.hasOwnProperty.call(message, "turnEnd"))
                writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.turnEnd);
            if (message.kill != null && $Object.hasOwnProperty.call(message, "kill"))
                writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.kill);
            if (message.hashPoint != null && $Object.hasOwnProperty.call(message, "hashPoint"))
                writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.hashPoint);
            if (message.limits != null && $Object.hasOwnProperty.call(message, "limits"))
                writer.uint32(/* id 10, wireType 0 =*/80).uint64(message.limits);
            if (message.stop != null && $Object.hasOwnProperty.call(message, "stop"))
                writer.uint32(/* id 11, wireType 0 =*/88).uint64(message.stop);
            if (message.handOver != null && $Object.hasOwnProperty.call(message, "handOver"))
                writer.uint32(/* id 12, wireType 0 =*/96).uint64(message.handOver);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a LogEntry message from the specified reader or buffer.
         * @function decode
         * @memberof tandem.LogEntry
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {tandem.LogEntry & tandem.LogEntry.$Shape} LogEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        LogEntry.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.tandem.LogEntry();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.advanceMs = value;
                        else
                            delete message.advanceMs;
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                            message.poll = value;
                        else
                            delete message.poll;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.interrupt = reader.bytes();
                        message.kind = "interrupt";
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        message.clock = reader.uint64();
                        message.kind = "clock";
                        continue;
                    }
                case 5: {
                        if (wireType !== 2)
                            break;
                        message.entropy = reader.bytes();
                        message.kind = "entropy";
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        message.mark = reader.uint64();
                        message.kind = "mark";
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        message.turnEnd = reader.uint64();
                        message.kind = "turnEnd";
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        message.kill = reader.uint64();
                        message.kind = "kill";
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        message.hashPoint = reader.bytes();
                        message.kind = "hashPoint";
                        continue;
                    }
                case 10: {
                        if (wireType !== 0)
                            break;
                        message.limits = reader.uint64();
                        message.kind = "limits";
                        continue;
                    }
                case 11: {
                        if (wireType !== 0)
                            break;
                        message.stop = reader.uint64();
                        message.kind = "stop";
                        continue;
                    }
                case 12: {
                        if (wireType !== 0)
                            break;
                        message.handOver = reader.uint64();
                        message.kind = "handOver";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        return LogEntry;
    })();

    return tandem;
})();

export {
  $root as default
};
