/**
 * For a host that was not running for a while (SIGSTOP, a sleeping laptop, a stalled disk): its peer's
 * heartbeats lie unread in its sockets, and Node runs a late timer before it reads them. Suspecting anybody
 * then would be suspecting one's own pause (FT §2.3).
 */

/**
 * Calls back when every socket that holds data now has been read once and its messages were handed over.
 *
 * A turn of the event loop has its phases in a fixed order: … poll (sockets are read, and `data` handlers
 * run) → check (immediates) → …. Between two checks in a row lies one whole poll, which asks the kernel anew
 * for all readable sockets. So the second of two immediates is enough, wherever in the loop this is called;
 * the first alone would not be, when called in the middle of a poll that had asked the kernel before the data
 * came. "Once" is up to 2 MiB of each socket, and any traffic of a peer is a sign of life. With an immediate
 * waiting the poll does not block, so this takes no time.
 */
export function afterSocketsDrained(callback: () => void): void {
  setImmediate(() => setImmediate(callback));
}
