/**
 * A stream of server-sent events as a client reads it (the HTML standard's parsing of an event
 * stream, for the fields that matter here).
 */
export interface ReadEvent {
  readonly type: string;
  readonly data: string;
}

export class EventText {
  #rest = '';
  /** Of the last block that was read whole. */
  lastEventId: string | undefined;

  constructor(lastEventId: string | undefined) {
    this.lastEventId = lastEventId;
  }

  /**
   * The events that a piece of the stream completes; `lastEventId` is that of each while it is taken. A block
   * that is never completed is never read.
   */
  *push(text: string): Generator<ReadEvent, void, void> {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      let type = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        const [, name, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
        if (name === 'id') this.lastEventId = value;
        else if (name === 'event') type = value;
        else if (name === 'data') data.push(value);
      }
      if (data.length > 0) yield { type, data: data.join('\n') };
    }
  }
}
