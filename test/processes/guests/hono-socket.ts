/** A WebSocket behind Hono, by its adapter for Workers, with middleware around it. */
import { Hono } from 'hono';
import { upgradeWebSocket } from 'hono/cloudflare-workers';

const app = new Hono();
app.use(async (context, next) => {
  await next();
  context.header('x-powered-by', 'hono');
});
app.get(
  '/talk',
  upgradeWebSocket(() => ({
    onMessage: ({ data }, socket) => socket.send(`you said ${data}`),
    onClose: () => console.log('closed'),
  })),
);

export default app;
