/**
 * What the kernel itself says to clients about keys and sessions: problem details (RFC 9457). A header has
 * the same word as the type, so that a client can tell these replies from the guest's.
 */
import { REFUSAL_HEADER } from './abi.ts';
import { limits } from './limits.ts';

interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

const problems = {
  'key-invalid': {
    status: 400,
    title: 'Idempotency-Key is not valid',
    detail: `It must be given once, as a string of 1 to ${limits.keyLength} characters.`,
  },
  'key-in-use': {
    status: 409,
    title: 'A request is outstanding for this Idempotency-Key',
    detail: 'The first request with this key is being processed on another connection. Ask again later.',
  },
  'key-reused': {
    status: 422,
    title: 'Idempotency-Key is already used',
    detail: 'This key was used for a request with another method, path or body.',
  },
  'number-invalid': {
    status: 400,
    title: 'Tandem-Request is not valid',
    detail: `A request in a session has Tandem-Session and one Tandem-Request, SLOT.NUMBER: a slot from 0 to ${limits.sessionSlots - 1}, a number from 1.`,
  },
  'acknowledged-invalid': {
    status: 400,
    title: 'Tandem-Acknowledged is not valid',
    detail: `It lists replies that have arrived, as SLOT.NUMBER, SLOT.NUMBER: at most ${limits.sessionSlots}. Nothing was executed.`,
  },
  'number-reused': {
    status: 422,
    title: 'Tandem-Request is already used',
    detail: 'This number was used for a request with another method, path or body.',
  },
  'request-over': {
    status: 410,
    title: 'The request is over',
    detail: 'Its reply was acknowledged, or a higher number was used in its slot. It is not executed again.',
  },
  superseded: {
    status: 409,
    title: 'The reply goes to another connection',
    detail: 'The same request was asked for again, and its reply goes there.',
  },
  'session-gone': {
    status: 410,
    title: 'There is no such session',
    detail:
      'It was closed, or nobody used it for too long. Whether its last requests were executed is not known any more; this one was not.',
  },
  'not-ready': {
    status: 503,
    title: 'Not ready yet',
    detail: 'The program has not begun to serve.',
  },
  'no-such-path': {
    status: 404,
    title: 'Tandem has no such path',
    detail: 'Paths below /.well-known/tandem/ are not for the program.',
  },
  full: {
    status: 503,
    title: 'No room to remember this request',
    detail:
      'Too many requests are remembered, and none of them may be forgotten yet. It has not been executed.',
  },
  'reply-not-kept': {
    status: 507,
    title: 'The reply was not kept',
    detail: 'This request has been executed, once. There was no room to keep its reply for a retry.',
  },
} as const satisfies Readonly<Record<string, Problem>>;

export type ProblemName = keyof typeof problems;

/** The head (abi.ts); `retryAfterS` in seconds. */
export function problemHead(name: ProblemName, retryAfterS = 0): string {
  const head = `${problems[name].status}\ncontent-type\napplication/problem+json\n${REFUSAL_HEADER}\n${name}`;
  return retryAfterS > 0 ? `${head}\nretry-after\n${retryAfterS}` : head;
}

export function problemBody(name: ProblemName): string {
  const { status, title, detail } = problems[name];
  return `{"type":"urn:tandem:problem:${name}","title":"${title}","status":${status},"detail":"${detail}"}\n`;
}
