/** A library's catalogue, with a full-text index in memory (minisearch). */
import MiniSearch from 'minisearch';

interface Book {
  readonly id: number;
  readonly title: string;
  readonly text: string;
}

const books = new Map<number, Book>();
const index = new MiniSearch<Book>({ fields: ['title', 'text'], storeFields: ['title'] });

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'POST') {
      const { title = '', text = '' } = (await request.json()) as Partial<Book>;
      const book = { id: books.size + 1, title, text };
      books.set(book.id, book);
      index.add(book);
      return Response.json(book, { status: 201 });
    }
    if (pathname === '/suggest') return Response.json(index.autoSuggest(searchParams.get('q') ?? ''));
    const found = index.search(searchParams.get('q') ?? '', { prefix: true, fuzzy: 0.2 });
    return Response.json(
      found.map(({ id, title, score }) => ({ id, title, score: Number(score.toFixed(6)) })),
    );
  },
};
