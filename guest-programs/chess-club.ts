/** A chess club on chess.js: games are objects in memory, moves are checked by the rules of the game. */
import { Chess } from 'chess.js';

const games = new Map<string, Chess>();

const shown = (id: string, game: Chess) => ({
  id,
  turn: game.turn() === 'w' ? 'white' : 'black',
  moves: game.history(),
  fen: game.fen(),
  over: game.isCheckmate() ? 'checkmate' : game.isDraw() ? 'draw' : null,
});

export default {
  async fetch(request: Request): Promise<Response> {
    const [, what, id = '', action] = new URL(request.url).pathname.split('/');
    if (what !== 'games') return Response.json({ games: [...games.keys()] });
    if (request.method === 'POST' && id === '') {
      const name = `game-${games.size + 1}`;
      const game = new Chess();
      games.set(name, game);
      return Response.json(shown(name, game), { status: 201 });
    }
    const game = games.get(id);
    if (game === undefined) return Response.json({ error: `no game ${id}` }, { status: 404 });
    if (action === 'board') return new Response(game.ascii());
    if (request.method === 'GET') return Response.json({ ...shown(id, game), possible: game.moves().length });
    const { move } = (await request.json()) as { move: string };
    try {
      game.move(move);
    } catch {
      return Response.json({ error: `${move} is not possible`, possible: game.moves() }, { status: 422 });
    }
    return Response.json(shown(id, game));
  },
};
