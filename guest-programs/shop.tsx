/** @jsxImportSource hono/jsx */
/**
 * A shop on Hono, as for any runtime: middleware, JSX pages, forms checked by zod, a signed cookie (JWT),
 * server-sent events. Its stock, its carts and the key that signs its cookies are variables.
 */
import { Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { sign, verify } from 'hono/jwt';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';

const Order = z.object({
  product: z.enum(['apples', 'bread', 'cheese']),
  amount: z.coerce.number().int().min(1).max(10),
});
type Product = z.infer<typeof Order>['product'];

const key = [...crypto.getRandomValues(new Uint8Array(32))]
  .map((byte) => byte.toString(16).padStart(2, '0'))
  .join('');
const stock = new Map<Product, number>([
  ['apples', 20],
  ['bread', 20],
  ['cheese', 20],
]);
const carts = new Map<string, Map<Product, number>>();
const sales: { readonly id: number; readonly text: string }[] = [];
const wakers = new Set<() => void>();

function sold(customer: string, product: Product, amount: number): void {
  sales.push({ id: sales.length + 1, text: `${customer} takes ${amount} ${product}` });
  for (const wake of wakers) wake();
  wakers.clear();
}

const app = new Hono<{ Variables: { customer: string } }>();
app.use(secureHeaders());
app.use(async (context, next) => {
  await next();
  context.header('x-sales', String(sales.length));
});

const Page = ({ customer }: { readonly customer: string | undefined }) => (
  <html lang="en">
    <head>
      <title>Shop</title>
    </head>
    <body>
      <h1>{customer === undefined ? 'Who are you?' : `Hello, ${customer}`}</h1>
      <ul>
        {[...stock].map(([product, left]) => (
          <li>
            {product}: {left} left, {carts.get(customer ?? '')?.get(product) ?? 0} yours
          </li>
        ))}
      </ul>
    </body>
  </html>
);

async function customerOf(cookie: string | undefined): Promise<string | undefined> {
  if (cookie === undefined) return undefined;
  try {
    const { sub } = await verify(cookie, key, 'HS256');
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

app.get('/', async (context) => {
  const customer = await customerOf(getCookie(context, 'session'));
  return context.html(<Page customer={customer} />);
});

app.post('/login', async (context) => {
  const { name } = await context.req.parseBody();
  if (typeof name !== 'string' || name === '') return context.json({ error: 'a name is missing' }, 400);
  const session = await sign({ sub: name, exp: Math.floor(Date.now() / 1000) + 3600 }, key, 'HS256');
  setCookie(context, 'session', session, { httpOnly: true, sameSite: 'Lax', path: '/' });
  return context.redirect('/', 303);
});

app.post('/logout', (context) => {
  deleteCookie(context, 'session', { path: '/' });
  return context.redirect('/', 303);
});

app.use('/cart', async (context, next) => {
  const customer = await customerOf(getCookie(context, 'session'));
  if (customer === undefined) return context.json({ error: 'log in first' }, 401);
  context.set('customer', customer);
  return next();
});

app.get('/cart', (context) => context.json(Object.fromEntries(carts.get(context.get('customer')) ?? [])));

app.post('/cart', async (context) => {
  const order = Order.safeParse(await context.req.json().catch(() => undefined));
  if (!order.success) return context.json({ error: z.prettifyError(order.error) }, 422);
  const { product, amount } = order.data;
  const left = stock.get(product) ?? 0;
  if (left < amount) return context.json({ error: `only ${left} ${product} are left` }, 409);
  const customer = context.get('customer');
  const cart = carts.get(customer) ?? new Map<Product, number>();
  carts.set(customer, cart.set(product, (cart.get(product) ?? 0) + amount));
  stock.set(product, left - amount);
  sold(customer, product, amount);
  return context.json(Object.fromEntries(cart), 201);
});

/** Every sale since the one that the client saw last, then those to come. */
app.get('/sales', (context) => {
  const last = Number(context.req.header('last-event-id') ?? 0);
  return streamSSE(context, async (stream) => {
    let gone = false;
    stream.onAbort(() => {
      gone = true;
    });
    for (let next = last; !gone; next += 1) {
      while (next >= sales.length && !gone) await new Promise<void>((wake) => wakers.add(wake));
      const sale = sales[next];
      if (sale !== undefined) await stream.writeSSE({ id: String(sale.id), event: 'sale', data: sale.text });
    }
  });
});

export default app;
