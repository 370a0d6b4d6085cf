/**
 * Notes that several people edit at once, on Yjs (a CRDT): clients send updates in any order,
 * and everybody ends with the same text.
 */
import * as Y from 'yjs';

const notes = new Map<string, Y.Doc>();

function noteOf(name: string): Y.Doc {
  let note = notes.get(name);
  if (note === undefined) {
    note = new Y.Doc();
    notes.set(name, note);
  }
  return note;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const note = noteOf(pathname);
    const text = note.getText('text');
    if (request.method === 'PUT') {
      // A client of its own kind: Yjs's binary updates.
      Y.applyUpdate(note, await request.bytes());
    } else if (request.method === 'POST') {
      // An edit at a place, by somebody who saw an older text.
      const at = Math.min(Number(searchParams.get('at') ?? text.length), text.length);
      const other = new Y.Doc();
      Y.applyUpdate(other, Y.encodeStateAsUpdate(note));
      other.getText('text').insert(at, await request.text());
      Y.applyUpdate(note, Y.encodeStateAsUpdate(other, Y.encodeStateVector(note)));
    } else if (searchParams.has('update')) {
      return new Response(new Blob([Y.encodeStateAsUpdate(note).slice()]), {
        headers: { 'content-type': 'application/octet-stream' },
      });
    }
    return new Response(text.toString());
  },
};
