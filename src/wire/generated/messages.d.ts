import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace tandem. */
export namespace tandem {

    /**
     * Properties of a Frame.
     * @deprecated Use tandem.Frame.$Properties instead.
     */
    interface IFrame extends tandem.Frame.$Properties {
    }

    /** Represents a Frame. */
    class Frame {

        /**
         * Constructs a new Frame.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Frame.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Frame hello. */
        hello?: (tandem.Hello.$Properties|null);

        /** Frame refusal. */
        refusal?: (tandem.Refusal.$Properties|null);

        /** Frame welcome. */
        welcome?: (tandem.Welcome.$Properties|null);

        /** Frame checkpointOffer. */
        checkpointOffer?: (tandem.CheckpointOffer.$Properties|null);

        /** Frame pagesWanted. */
        pagesWanted?: (tandem.PagesWanted.$Properties|null);

        /** Frame pages. */
        pages?: (tandem.Pages.$Properties|null);

        /** Frame joined. */
        joined?: (tandem.Joined.$Properties|null);

        /** Frame listed. */
        listed?: (tandem.Listed.$Properties|null);

        /** Frame batch. */
        batch?: (tandem.Batch.$Properties|null);

        /** Frame ack. */
        ack?: (tandem.Ack.$Properties|null);

        /** Frame heartbeat. */
        heartbeat?: (tandem.Heartbeat.$Properties|null);

        /** Frame bye. */
        bye?: (tandem.Bye.$Properties|null);

        /** Frame packedPages. */
        packedPages?: (tandem.PackedPages.$Properties|null);

        /** Frame registered. */
        registered?: (tandem.Registered.$Properties|null);

        /** Frame handOver. */
        handOver?: (tandem.HandOver.$Properties|null);

        /** Frame declined. */
        declined?: (tandem.Declined.$Properties|null);

        /** Frame succeeded. */
        succeeded?: (tandem.Succeeded.$Properties|null);

        /** Frame body. */
        body?: ("hello"|"refusal"|"welcome"|"checkpointOffer"|"pagesWanted"|"pages"|"joined"|"listed"|"batch"|"ack"|"heartbeat"|"bye"|"packedPages"|"registered"|"handOver"|"declined"|"succeeded");

        /**
         * Encodes the specified Frame message. Does not implicitly {@link tandem.Frame.verify|verify} messages.
         * @param message Frame message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Frame message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Frame & tandem.Frame.$Shape} Frame
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Frame & tandem.Frame.$Shape;
    }

    namespace Frame {

        /** Properties of a Frame. */
        interface $Properties {

            /** Frame hello */
            hello?: (tandem.Hello.$Properties|null);

            /** Frame refusal */
            refusal?: (tandem.Refusal.$Properties|null);

            /** Frame welcome */
            welcome?: (tandem.Welcome.$Properties|null);

            /** Frame checkpointOffer */
            checkpointOffer?: (tandem.CheckpointOffer.$Properties|null);

            /** Frame pagesWanted */
            pagesWanted?: (tandem.PagesWanted.$Properties|null);

            /** Frame pages */
            pages?: (tandem.Pages.$Properties|null);

            /** Frame joined */
            joined?: (tandem.Joined.$Properties|null);

            /** Frame listed */
            listed?: (tandem.Listed.$Properties|null);

            /** Frame batch */
            batch?: (tandem.Batch.$Properties|null);

            /** Frame ack */
            ack?: (tandem.Ack.$Properties|null);

            /** Frame heartbeat */
            heartbeat?: (tandem.Heartbeat.$Properties|null);

            /** Frame bye */
            bye?: (tandem.Bye.$Properties|null);

            /** Frame packedPages */
            packedPages?: (tandem.PackedPages.$Properties|null);

            /** Frame registered */
            registered?: (tandem.Registered.$Properties|null);

            /** Frame handOver */
            handOver?: (tandem.HandOver.$Properties|null);

            /** Frame declined */
            declined?: (tandem.Declined.$Properties|null);

            /** Frame succeeded */
            succeeded?: (tandem.Succeeded.$Properties|null);

            /** Frame body */
            body?: ("hello"|"refusal"|"welcome"|"checkpointOffer"|"pagesWanted"|"pages"|"joined"|"listed"|"batch"|"ack"|"heartbeat"|"bye"|"packedPages"|"registered"|"handOver"|"declined"|"succeeded");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a Frame. */
        type $Shape = {
          hello?: tandem.Hello.$Shape|null;
          refusal?: tandem.Refusal.$Shape|null;
          welcome?: tandem.Welcome.$Shape|null;
          checkpointOffer?: tandem.CheckpointOffer.$Shape|null;
          pagesWanted?: tandem.PagesWanted.$Shape|null;
          pages?: tandem.Pages.$Shape|null;
          joined?: tandem.Joined.$Shape|null;
          listed?: tandem.Listed.$Shape|null;
          batch?: tandem.Batch.$Shape|null;
          ack?: tandem.Ack.$Shape|null;
          heartbeat?: tandem.Heartbeat.$Shape|null;
          bye?: tandem.Bye.$Shape|null;
          packedPages?: tandem.PackedPages.$Shape|null;
          registered?: tandem.Registered.$Shape|null;
          handOver?: tandem.HandOver.$Shape|null;
          declined?: tandem.Declined.$Shape|null;
          succeeded?: tandem.Succeeded.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ body?: undefined; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "hello"; hello: tandem.Hello.$Shape; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "refusal"; hello?: null; refusal: tandem.Refusal.$Shape; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "welcome"; hello?: null; refusal?: null; welcome: tandem.Welcome.$Shape; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "checkpointOffer"; hello?: null; refusal?: null; welcome?: null; checkpointOffer: tandem.CheckpointOffer.$Shape; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "pagesWanted"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted: tandem.PagesWanted.$Shape; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "pages"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages: tandem.Pages.$Shape; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "joined"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined: tandem.Joined.$Shape; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "listed"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed: tandem.Listed.$Shape; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "batch"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch: tandem.Batch.$Shape; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "ack"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack: tandem.Ack.$Shape; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "heartbeat"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat: tandem.Heartbeat.$Shape; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "bye"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye: tandem.Bye.$Shape; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "packedPages"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages: tandem.PackedPages.$Shape; registered?: null; handOver?: null; declined?: null; succeeded?: null }|{ body?: "registered"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered: tandem.Registered.$Shape; handOver?: null; declined?: null; succeeded?: null }|{ body?: "handOver"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver: tandem.HandOver.$Shape; declined?: null; succeeded?: null }|{ body?: "declined"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined: tandem.Declined.$Shape; succeeded?: null }|{ body?: "succeeded"; hello?: null; refusal?: null; welcome?: null; checkpointOffer?: null; pagesWanted?: null; pages?: null; joined?: null; listed?: null; batch?: null; ack?: null; heartbeat?: null; bye?: null; packedPages?: null; registered?: null; handOver?: null; declined?: null; succeeded: tandem.Succeeded.$Shape })
        );
    }

    /**
     * Properties of a Hello.
     * @deprecated Use tandem.Hello.$Properties instead.
     */
    interface IHello extends tandem.Hello.$Properties {
    }

    /** Represents a Hello. */
    class Hello {

        /**
         * Constructs a new Hello.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Hello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Hello protocolVersion. */
        protocolVersion: number;

        /** Hello vm. */
        vm: string;

        /** Hello image. */
        image: Uint8Array;

        /** Hello architecture. */
        architecture: string;

        /** Hello bootHash. */
        bootHash: Uint8Array;

        /** Hello incarnation. */
        incarnation: string;

        /** Hello host. */
        host: string;

        /** Hello spare. */
        spare: boolean;

        /** Hello heartbeatMs. */
        heartbeatMs: number;

        /** Hello suspectMs. */
        suspectMs: number;

        /**
         * Encodes the specified Hello message. Does not implicitly {@link tandem.Hello.verify|verify} messages.
         * @param message Hello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Hello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Hello & tandem.Hello.$Shape} Hello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Hello & tandem.Hello.$Shape;
    }

    namespace Hello {

        /** Properties of a Hello. */
        interface $Properties {

            /** Hello protocolVersion */
            protocolVersion?: (number|null);

            /** Hello vm */
            vm?: (string|null);

            /** Hello image */
            image?: (Uint8Array|null);

            /** Hello architecture */
            architecture?: (string|null);

            /** Hello bootHash */
            bootHash?: (Uint8Array|null);

            /** Hello incarnation */
            incarnation?: (string|null);

            /** Hello host */
            host?: (string|null);

            /** Hello spare */
            spare?: (boolean|null);

            /** Hello heartbeatMs */
            heartbeatMs?: (number|null);

            /** Hello suspectMs */
            suspectMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Hello. */
        type $Shape = tandem.Hello.$Properties;
    }

    /**
     * Properties of a Refusal.
     * @deprecated Use tandem.Refusal.$Properties instead.
     */
    interface IRefusal extends tandem.Refusal.$Properties {
    }

    /** Represents a Refusal. */
    class Refusal {

        /**
         * Constructs a new Refusal.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Refusal.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Refusal code. */
        code: string;

        /** Refusal message. */
        message: string;

        /** Refusal mend. */
        mend: string;

        /**
         * Encodes the specified Refusal message. Does not implicitly {@link tandem.Refusal.verify|verify} messages.
         * @param message Refusal message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Refusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Refusal message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Refusal & tandem.Refusal.$Shape} Refusal
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Refusal & tandem.Refusal.$Shape;
    }

    namespace Refusal {

        /** Properties of a Refusal. */
        interface $Properties {

            /** Refusal code */
            code?: (string|null);

            /** Refusal message */
            message?: (string|null);

            /** Refusal mend */
            mend?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Refusal. */
        type $Shape = tandem.Refusal.$Properties;
    }

    /**
     * Properties of a Welcome.
     * @deprecated Use tandem.Welcome.$Properties instead.
     */
    interface IWelcome extends tandem.Welcome.$Properties {
    }

    /** Represents a Welcome. */
    class Welcome {

        /**
         * Constructs a new Welcome.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Welcome.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Welcome epoch. */
        epoch: number;

        /** Welcome incarnation. */
        incarnation: string;

        /** Welcome host. */
        host: string;

        /**
         * Encodes the specified Welcome message. Does not implicitly {@link tandem.Welcome.verify|verify} messages.
         * @param message Welcome message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Welcome message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Welcome & tandem.Welcome.$Shape} Welcome
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Welcome & tandem.Welcome.$Shape;
    }

    namespace Welcome {

        /** Properties of a Welcome. */
        interface $Properties {

            /** Welcome epoch */
            epoch?: (number|null);

            /** Welcome incarnation */
            incarnation?: (string|null);

            /** Welcome host */
            host?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Welcome. */
        type $Shape = tandem.Welcome.$Properties;
    }

    /**
     * Properties of a Registered.
     * @deprecated Use tandem.Registered.$Properties instead.
     */
    interface IRegistered extends tandem.Registered.$Properties {
    }

    /** Represents a Registered. */
    class Registered {

        /**
         * Constructs a new Registered.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Registered.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Registered epoch. */
        epoch: number;

        /** Registered incarnation. */
        incarnation: string;

        /** Registered host. */
        host: string;

        /**
         * Encodes the specified Registered message. Does not implicitly {@link tandem.Registered.verify|verify} messages.
         * @param message Registered message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Registered.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Registered message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Registered & tandem.Registered.$Shape} Registered
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Registered & tandem.Registered.$Shape;
    }

    namespace Registered {

        /** Properties of a Registered. */
        interface $Properties {

            /** Registered epoch */
            epoch?: (number|null);

            /** Registered incarnation */
            incarnation?: (string|null);

            /** Registered host */
            host?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Registered. */
        type $Shape = tandem.Registered.$Properties;
    }

    /**
     * Properties of a CheckpointOffer.
     * @deprecated Use tandem.CheckpointOffer.$Properties instead.
     */
    interface ICheckpointOffer extends tandem.CheckpointOffer.$Properties {
    }

    /** Represents a CheckpointOffer. */
    class CheckpointOffer {

        /**
         * Constructs a new CheckpointOffer.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.CheckpointOffer.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** CheckpointOffer epoch. */
        epoch: number;

        /** CheckpointOffer position. */
        position: number;

        /** CheckpointOffer chain. */
        chain: Uint8Array;

        /** CheckpointOffer stateHash. */
        stateHash: Uint8Array;

        /** CheckpointOffer sizeBytes. */
        sizeBytes: number;

        /** CheckpointOffer pageBytes. */
        pageBytes: number;

        /** CheckpointOffer pageHashes. */
        pageHashes: Uint8Array;

        /** CheckpointOffer ordinal. */
        ordinal: number;

        /** CheckpointOffer guestClockMs. */
        guestClockMs: number;

        /**
         * Encodes the specified CheckpointOffer message. Does not implicitly {@link tandem.CheckpointOffer.verify|verify} messages.
         * @param message CheckpointOffer message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.CheckpointOffer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a CheckpointOffer message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.CheckpointOffer & tandem.CheckpointOffer.$Shape} CheckpointOffer
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.CheckpointOffer & tandem.CheckpointOffer.$Shape;
    }

    namespace CheckpointOffer {

        /** Properties of a CheckpointOffer. */
        interface $Properties {

            /** CheckpointOffer epoch */
            epoch?: (number|null);

            /** CheckpointOffer position */
            position?: (number|null);

            /** CheckpointOffer chain */
            chain?: (Uint8Array|null);

            /** CheckpointOffer stateHash */
            stateHash?: (Uint8Array|null);

            /** CheckpointOffer sizeBytes */
            sizeBytes?: (number|null);

            /** CheckpointOffer pageBytes */
            pageBytes?: (number|null);

            /** CheckpointOffer pageHashes */
            pageHashes?: (Uint8Array|null);

            /** CheckpointOffer ordinal */
            ordinal?: (number|null);

            /** CheckpointOffer guestClockMs */
            guestClockMs?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a CheckpointOffer. */
        type $Shape = tandem.CheckpointOffer.$Properties;
    }

    /**
     * Properties of a PagesWanted.
     * @deprecated Use tandem.PagesWanted.$Properties instead.
     */
    interface IPagesWanted extends tandem.PagesWanted.$Properties {
    }

    /** Represents a PagesWanted. */
    class PagesWanted {

        /**
         * Constructs a new PagesWanted.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.PagesWanted.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PagesWanted epoch. */
        epoch: number;

        /** PagesWanted indices. */
        indices: number[];

        /**
         * Encodes the specified PagesWanted message. Does not implicitly {@link tandem.PagesWanted.verify|verify} messages.
         * @param message PagesWanted message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.PagesWanted.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PagesWanted message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.PagesWanted & tandem.PagesWanted.$Shape} PagesWanted
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.PagesWanted & tandem.PagesWanted.$Shape;
    }

    namespace PagesWanted {

        /** Properties of a PagesWanted. */
        interface $Properties {

            /** PagesWanted epoch */
            epoch?: (number|null);

            /** PagesWanted indices */
            indices?: (number[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PagesWanted. */
        type $Shape = tandem.PagesWanted.$Properties;
    }

    /**
     * Properties of a Pages.
     * @deprecated Use tandem.Pages.$Properties instead.
     */
    interface IPages extends tandem.Pages.$Properties {
    }

    /** Represents a Pages. */
    class Pages {

        /**
         * Constructs a new Pages.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Pages.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Pages epoch. */
        epoch: number;

        /** Pages pages. */
        pages: tandem.Page.$Properties[];

        /**
         * Encodes the specified Pages message. Does not implicitly {@link tandem.Pages.verify|verify} messages.
         * @param message Pages message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Pages.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Pages message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Pages & tandem.Pages.$Shape} Pages
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Pages & tandem.Pages.$Shape;
    }

    namespace Pages {

        /** Properties of a Pages. */
        interface $Properties {

            /** Pages epoch */
            epoch?: (number|null);

            /** Pages pages */
            pages?: (tandem.Page.$Properties[]|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Pages. */
        type $Shape = tandem.Pages.$Properties;
    }

    /**
     * Properties of a Page.
     * @deprecated Use tandem.Page.$Properties instead.
     */
    interface IPage extends tandem.Page.$Properties {
    }

    /** Represents a Page. */
    class Page {

        /**
         * Constructs a new Page.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Page.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Page index. */
        index: number;

        /** Page content. */
        content: Uint8Array;

        /**
         * Encodes the specified Page message. Does not implicitly {@link tandem.Page.verify|verify} messages.
         * @param message Page message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Page.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Page message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Page & tandem.Page.$Shape} Page
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Page & tandem.Page.$Shape;
    }

    namespace Page {

        /** Properties of a Page. */
        interface $Properties {

            /** Page index */
            index?: (number|null);

            /** Page content */
            content?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Page. */
        type $Shape = tandem.Page.$Properties;
    }

    /**
     * Properties of a PackedPages.
     * @deprecated Use tandem.PackedPages.$Properties instead.
     */
    interface IPackedPages extends tandem.PackedPages.$Properties {
    }

    /** Represents a PackedPages. */
    class PackedPages {

        /**
         * Constructs a new PackedPages.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.PackedPages.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PackedPages epoch. */
        epoch: number;

        /** PackedPages indices. */
        indices: number[];

        /** PackedPages brotli. */
        brotli: Uint8Array;

        /**
         * Encodes the specified PackedPages message. Does not implicitly {@link tandem.PackedPages.verify|verify} messages.
         * @param message PackedPages message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.PackedPages.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PackedPages message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.PackedPages & tandem.PackedPages.$Shape} PackedPages
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.PackedPages & tandem.PackedPages.$Shape;
    }

    namespace PackedPages {

        /** Properties of a PackedPages. */
        interface $Properties {

            /** PackedPages epoch */
            epoch?: (number|null);

            /** PackedPages indices */
            indices?: (number[]|null);

            /** PackedPages brotli */
            brotli?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PackedPages. */
        type $Shape = tandem.PackedPages.$Properties;
    }

    /**
     * Properties of a Joined.
     * @deprecated Use tandem.Joined.$Properties instead.
     */
    interface IJoined extends tandem.Joined.$Properties {
    }

    /** Represents a Joined. */
    class Joined {

        /**
         * Constructs a new Joined.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Joined.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Joined epoch. */
        epoch: number;

        /** Joined position. */
        position: number;

        /** Joined stateHash. */
        stateHash: Uint8Array;

        /**
         * Encodes the specified Joined message. Does not implicitly {@link tandem.Joined.verify|verify} messages.
         * @param message Joined message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Joined.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Joined message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Joined & tandem.Joined.$Shape} Joined
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Joined & tandem.Joined.$Shape;
    }

    namespace Joined {

        /** Properties of a Joined. */
        interface $Properties {

            /** Joined epoch */
            epoch?: (number|null);

            /** Joined position */
            position?: (number|null);

            /** Joined stateHash */
            stateHash?: (Uint8Array|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Joined. */
        type $Shape = tandem.Joined.$Properties;
    }

    /**
     * Properties of a Listed.
     * @deprecated Use tandem.Listed.$Properties instead.
     */
    interface IListed extends tandem.Listed.$Properties {
    }

    /** Represents a Listed. */
    class Listed {

        /**
         * Constructs a new Listed.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Listed.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Listed epoch. */
        epoch: number;

        /**
         * Encodes the specified Listed message. Does not implicitly {@link tandem.Listed.verify|verify} messages.
         * @param message Listed message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Listed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Listed message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Listed & tandem.Listed.$Shape} Listed
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Listed & tandem.Listed.$Shape;
    }

    namespace Listed {

        /** Properties of a Listed. */
        interface $Properties {

            /** Listed epoch */
            epoch?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Listed. */
        type $Shape = tandem.Listed.$Properties;
    }

    /**
     * Properties of a Batch.
     * @deprecated Use tandem.Batch.$Properties instead.
     */
    interface IBatch extends tandem.Batch.$Properties {
    }

    /** Represents a Batch. */
    class Batch {

        /**
         * Constructs a new Batch.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Batch.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Batch epoch. */
        epoch: number;

        /** Batch chainTag. */
        chainTag: Uint8Array;

        /** Batch entries. */
        entries: Uint8Array;

        /** Batch recordedIn. */
        recordedIn: number;

        /**
         * Encodes the specified Batch message. Does not implicitly {@link tandem.Batch.verify|verify} messages.
         * @param message Batch message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Batch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Batch message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Batch & tandem.Batch.$Shape} Batch
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Batch & tandem.Batch.$Shape;
    }

    namespace Batch {

        /** Properties of a Batch. */
        interface $Properties {

            /** Batch epoch */
            epoch?: (number|null);

            /** Batch chainTag */
            chainTag?: (Uint8Array|null);

            /** Batch entries */
            entries?: (Uint8Array|null);

            /** Batch recordedIn */
            recordedIn?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Batch. */
        type $Shape = tandem.Batch.$Properties;
    }

    /**
     * Properties of an Ack.
     * @deprecated Use tandem.Ack.$Properties instead.
     */
    interface IAck extends tandem.Ack.$Properties {
    }

    /** Represents an Ack. */
    class Ack {

        /**
         * Constructs a new Ack.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Ack.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Ack epoch. */
        epoch: number;

        /** Ack received. */
        received: number;

        /** Ack replayed. */
        replayed: number;

        /**
         * Encodes the specified Ack message. Does not implicitly {@link tandem.Ack.verify|verify} messages.
         * @param message Ack message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Ack.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Ack message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Ack & tandem.Ack.$Shape} Ack
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Ack & tandem.Ack.$Shape;
    }

    namespace Ack {

        /** Properties of an Ack. */
        interface $Properties {

            /** Ack epoch */
            epoch?: (number|null);

            /** Ack received */
            received?: (number|null);

            /** Ack replayed */
            replayed?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Ack. */
        type $Shape = tandem.Ack.$Properties;
    }

    /**
     * Properties of a Heartbeat.
     * @deprecated Use tandem.Heartbeat.$Properties instead.
     */
    interface IHeartbeat extends tandem.Heartbeat.$Properties {
    }

    /** Represents a Heartbeat. */
    class Heartbeat {

        /**
         * Constructs a new Heartbeat.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Heartbeat.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Heartbeat epoch. */
        epoch: number;

        /** Heartbeat sentTenths. */
        sentTenths: number;

        /** Heartbeat echoTenths. */
        echoTenths: number;

        /** Heartbeat guestClockMs. */
        guestClockMs?: (number|null);

        /** Heartbeat releasedOrdinal. */
        releasedOrdinal: number;

        /** Heartbeat printedOrdinal. */
        printedOrdinal: number;

        /**
         * Encodes the specified Heartbeat message. Does not implicitly {@link tandem.Heartbeat.verify|verify} messages.
         * @param message Heartbeat message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Heartbeat message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Heartbeat & tandem.Heartbeat.$Shape} Heartbeat
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Heartbeat & tandem.Heartbeat.$Shape;
    }

    namespace Heartbeat {

        /** Properties of a Heartbeat. */
        interface $Properties {

            /** Heartbeat epoch */
            epoch?: (number|null);

            /** Heartbeat sentTenths */
            sentTenths?: (number|null);

            /** Heartbeat echoTenths */
            echoTenths?: (number|null);

            /** Heartbeat guestClockMs */
            guestClockMs?: (number|null);

            /** Heartbeat releasedOrdinal */
            releasedOrdinal?: (number|null);

            /** Heartbeat printedOrdinal */
            printedOrdinal?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Heartbeat. */
        type $Shape = tandem.Heartbeat.$Properties;
    }

    /**
     * Properties of a Bye.
     * @deprecated Use tandem.Bye.$Properties instead.
     */
    interface IBye extends tandem.Bye.$Properties {
    }

    /** Represents a Bye. */
    class Bye {

        /**
         * Constructs a new Bye.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Bye.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Bye epoch. */
        epoch: number;

        /** Bye reason. */
        reason: string;

        /** Bye exitCode. */
        exitCode?: (number|null);

        /**
         * Encodes the specified Bye message. Does not implicitly {@link tandem.Bye.verify|verify} messages.
         * @param message Bye message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Bye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Bye message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Bye & tandem.Bye.$Shape} Bye
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Bye & tandem.Bye.$Shape;
    }

    namespace Bye {

        /** Properties of a Bye. */
        interface $Properties {

            /** Bye epoch */
            epoch?: (number|null);

            /** Bye reason */
            reason?: (string|null);

            /** Bye exitCode */
            exitCode?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Bye. */
        type $Shape = tandem.Bye.$Properties;
    }

    /**
     * Properties of a HandOver.
     * @deprecated Use tandem.HandOver.$Properties instead.
     */
    interface IHandOver extends tandem.HandOver.$Properties {
    }

    /** Represents a HandOver. */
    class HandOver {

        /**
         * Constructs a new HandOver.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.HandOver.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** HandOver epoch. */
        epoch: number;

        /** HandOver incarnation. */
        incarnation: string;

        /** HandOver position. */
        position: number;

        /** HandOver guestClockMs. */
        guestClockMs: number;

        /** HandOver releasedOrdinal. */
        releasedOrdinal: number;

        /** HandOver printedOrdinal. */
        printedOrdinal: number;

        /**
         * Encodes the specified HandOver message. Does not implicitly {@link tandem.HandOver.verify|verify} messages.
         * @param message HandOver message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.HandOver.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a HandOver message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.HandOver & tandem.HandOver.$Shape} HandOver
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.HandOver & tandem.HandOver.$Shape;
    }

    namespace HandOver {

        /** Properties of a HandOver. */
        interface $Properties {

            /** HandOver epoch */
            epoch?: (number|null);

            /** HandOver incarnation */
            incarnation?: (string|null);

            /** HandOver position */
            position?: (number|null);

            /** HandOver guestClockMs */
            guestClockMs?: (number|null);

            /** HandOver releasedOrdinal */
            releasedOrdinal?: (number|null);

            /** HandOver printedOrdinal */
            printedOrdinal?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a HandOver. */
        type $Shape = tandem.HandOver.$Properties;
    }

    /**
     * Properties of a Declined.
     * @deprecated Use tandem.Declined.$Properties instead.
     */
    interface IDeclined extends tandem.Declined.$Properties {
    }

    /** Represents a Declined. */
    class Declined {

        /**
         * Constructs a new Declined.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Declined.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Declined epoch. */
        epoch: number;

        /** Declined reason. */
        reason: string;

        /**
         * Encodes the specified Declined message. Does not implicitly {@link tandem.Declined.verify|verify} messages.
         * @param message Declined message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Declined.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Declined message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Declined & tandem.Declined.$Shape} Declined
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Declined & tandem.Declined.$Shape;
    }

    namespace Declined {

        /** Properties of a Declined. */
        interface $Properties {

            /** Declined epoch */
            epoch?: (number|null);

            /** Declined reason */
            reason?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Declined. */
        type $Shape = tandem.Declined.$Properties;
    }

    /**
     * Properties of a Succeeded.
     * @deprecated Use tandem.Succeeded.$Properties instead.
     */
    interface ISucceeded extends tandem.Succeeded.$Properties {
    }

    /** Represents a Succeeded. */
    class Succeeded {

        /**
         * Constructs a new Succeeded.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.Succeeded.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Succeeded epoch. */
        epoch: number;

        /** Succeeded url. */
        url: string;

        /**
         * Encodes the specified Succeeded message. Does not implicitly {@link tandem.Succeeded.verify|verify} messages.
         * @param message Succeeded message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.Succeeded.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Succeeded message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.Succeeded & tandem.Succeeded.$Shape} Succeeded
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.Succeeded & tandem.Succeeded.$Shape;
    }

    namespace Succeeded {

        /** Properties of a Succeeded. */
        interface $Properties {

            /** Succeeded epoch */
            epoch?: (number|null);

            /** Succeeded url */
            url?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Succeeded. */
        type $Shape = tandem.Succeeded.$Properties;
    }

    /**
     * Properties of a LogEntry.
     * @deprecated Use tandem.LogEntry.$Properties instead.
     */
    interface ILogEntry extends tandem.LogEntry.$Properties {
    }

    /** Represents a LogEntry. */
    class LogEntry {

        /**
         * Constructs a new LogEntry.
         * @param [properties] Properties to set
         */
        constructor(properties?: tandem.LogEntry.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** LogEntry advanceMs. */
        advanceMs: number;

        /** LogEntry poll. */
        poll: number;

        /** LogEntry interrupt. */
        interrupt?: (Uint8Array|null);

        /** LogEntry clock. */
        clock?: (number|null);

        /** LogEntry entropy. */
        entropy?: (Uint8Array|null);

        /** LogEntry mark. */
        mark?: (number|null);

        /** LogEntry turnEnd. */
        turnEnd?: (number|null);

        /** LogEntry kill. */
        kill?: (number|null);

        /** LogEntry hashPoint. */
        hashPoint?: (Uint8Array|null);

        /** LogEntry limits. */
        limits?: (number|null);

        /** LogEntry stop. */
        stop?: (number|null);

        /** LogEntry handOver. */
        handOver?: (number|null);

        /** LogEntry kind. */
        kind?: ("interrupt"|"clock"|"entropy"|"mark"|"turnEnd"|"kill"|"hashPoint"|"limits"|"stop"|"handOver");

        /**
         * Encodes the specified LogEntry message. Does not implicitly {@link tandem.LogEntry.verify|verify} messages.
         * @param message LogEntry message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: tandem.LogEntry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a LogEntry message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {tandem.LogEntry & tandem.LogEntry.$Shape} LogEntry
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tandem.LogEntry & tandem.LogEntry.$Shape;
    }

    namespace LogEntry {

        /** Properties of a LogEntry. */
        interface $Properties {

            /** LogEntry advanceMs */
            advanceMs?: (number|null);

            /** LogEntry poll */
            poll?: (number|null);

            /** LogEntry interrupt */
            interrupt?: (Uint8Array|null);

            /** LogEntry clock */
            clock?: (number|null);

            /** LogEntry entropy */
            entropy?: (Uint8Array|null);

            /** LogEntry mark */
            mark?: (number|null);

            /** LogEntry turnEnd */
            turnEnd?: (number|null);

            /** LogEntry kill */
            kill?: (number|null);

            /** LogEntry hashPoint */
            hashPoint?: (Uint8Array|null);

            /** LogEntry limits */
            limits?: (number|null);

            /** LogEntry stop */
            stop?: (number|null);

            /** LogEntry handOver */
            handOver?: (number|null);

            /** LogEntry kind */
            kind?: ("interrupt"|"clock"|"entropy"|"mark"|"turnEnd"|"kill"|"hashPoint"|"limits"|"stop"|"handOver");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a LogEntry. */
        type $Shape = {
          advanceMs?: number|null;
          poll?: number|null;
          interrupt?: Uint8Array|null;
          clock?: number|null;
          entropy?: Uint8Array|null;
          mark?: number|null;
          turnEnd?: number|null;
          kill?: number|null;
          hashPoint?: Uint8Array|null;
          limits?: number|null;
          stop?: number|null;
          handOver?: number|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ kind?: undefined; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "interrupt"; interrupt: Uint8Array; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "clock"; interrupt?: null; clock: number; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "entropy"; interrupt?: null; clock?: null; entropy: Uint8Array; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "mark"; interrupt?: null; clock?: null; entropy?: null; mark: number; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "turnEnd"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd: number; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "kill"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill: number; hashPoint?: null; limits?: null; stop?: null; handOver?: null }|{ kind?: "hashPoint"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint: Uint8Array; limits?: null; stop?: null; handOver?: null }|{ kind?: "limits"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits: number; stop?: null; handOver?: null }|{ kind?: "stop"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop: number; handOver?: null }|{ kind?: "handOver"; interrupt?: null; clock?: null; entropy?: null; mark?: null; turnEnd?: null; kill?: null; hashPoint?: null; limits?: null; stop?: null; handOver: number })
        );
    }
}
