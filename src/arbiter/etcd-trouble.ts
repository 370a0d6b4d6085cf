/**
 * What can be wrong between a host and an etcd, in words: what happened, why, and the mend. The codes of a
 * refusal are gRPC's, as etcd's gateway passes them on; the texts of etcd and of TLS libraries are
 * recognised where no code tells more.
 */
import { objectIn } from './json.ts';
import { codeOf, reasonOf } from './reason.ts';

export interface Trouble {
  readonly code: 'ARBITER_UNREACHABLE' | 'ARBITER_DENIED' | 'ARBITER_TLS' | 'ARBITER_NOT_ETCD';
  readonly reason: string;
  readonly mend: string;
}

/** An etcd's own no. */
export interface EtcdRefusal {
  readonly code: number;
  readonly message: string;
}

/** An answer that is not etcd's; `version` if the same address has one to tell. */
interface StrangeAnswer {
  readonly status: number;
  readonly text: string;
  readonly version: unknown;
}

const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

export function refusalIn(text: string): EtcdRefusal | undefined {
  const { code, message, error } = objectIn(text) ?? {};
  const said = typeof message === 'string' ? message : error;
  return typeof code === 'number' && typeof said === 'string' ? { code, message: said } : undefined;
}

export function troubleOf(
  endpoint: string,
  answer: EtcdRefusal | StrangeAnswer,
  user: string | undefined,
): Trouble {
  return 'message' in answer ? refused(endpoint, answer, user) : strange(endpoint, answer);
}

function refused(endpoint: string, { code, message }: EtcdRefusal, user: string | undefined): Trouble {
  const reason = `${endpoint}: ${message}`;
  if (/user name is empty/.test(message)) {
    const mend = 'name a user, etcd:http://USER@HOST:2379, with the password in TANDEM_ETCD_PASSWORD';
    return { code: 'ARBITER_DENIED', reason, mend };
  }
  if (/authentication failed/.test(message) || code === UNAUTHENTICATED) {
    const mend = `see to the user ${user ?? ''} and the password in TANDEM_ETCD_PASSWORD or in the URL`;
    return { code: 'ARBITER_DENIED', reason, mend };
  }
  if (code === PERMISSION_DENIED) {
    const mend = `grant the user ${user ?? ''} a role with readwrite on the prefix of the keys (etcdctl role grant-permission)`;
    return { code: 'ARBITER_DENIED', reason, mend };
  }
  if (/space exceeded/.test(message)) {
    return {
      code: 'ARBITER_UNREACHABLE',
      reason,
      mend: 'compact and defragment it, then etcdctl alarm disarm',
    };
  }
  return {
    code: 'ARBITER_UNREACHABLE',
    reason,
    mend: 'see whether it has a leader: etcdctl endpoint status',
  };
}

function strange(endpoint: string, { status, text, version }: StrangeAnswer): Trouble {
  if (/HTTP request to an HTTPS server/.test(text)) return plainToTls(endpoint);
  if (typeof version === 'string') {
    const reason = `${endpoint}: etcd ${version} has no JSON gateway at /v3`;
    const mend = 'use etcd 3.4 or newer, without --enable-grpc-gateway=false';
    return { code: 'ARBITER_NOT_ETCD', reason, mend };
  }
  const reason = `${endpoint}: it is no etcd (it answered ${status})`;
  return { code: 'ARBITER_NOT_ETCD', reason, mend: "name an etcd's client port, by default 2379" };
}

/** What the TLS library says in the middle of its own places, and what its peer has sent. */
const TLS_REASON = /error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/;
const TLS_ALERT = /\balert ([a-z ]+)/;
const FILES = '?ca=FILE&cert=FILE&key=FILE';

/** No answer, or a connection that did not come about. */
export function unreachable(endpoint: string, error: unknown, showsCertificate: boolean): Trouble {
  const [code = '', said] = [codeOf(error), reasonOf(error)];
  const text = TLS_REASON.exec(said)?.[1] ?? said;
  const reason = `${endpoint}: ${text}`;
  const alert = TLS_ALERT.exec(text)?.[1] ?? '';
  if (/certificate|unknown ca|access denied/.test(alert))
    return certificateRefused(endpoint, alert, showsCertificate);
  if (/wrong version number|packet length too long/i.test(text)) {
    const mend = 'it speaks without TLS: write http: instead of https:';
    return { code: 'ARBITER_TLS', reason, mend };
  }
  if (code.startsWith('HPE_')) {
    return endpoint.startsWith('http:') ? plainToTls(endpoint) : strange(endpoint, NO_HTTP);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    const mend = `name the files of its authority and of a client certificate: ${FILES}`;
    return { code: 'ARBITER_TLS', reason, mend };
  }
  // An etcd hangs up on whoever speaks the other scheme, and also when it dies.
  const other = endpoint.startsWith('http:') ? 'if it wants TLS, write https:' : 'without TLS, write http:';
  const hint = code === 'ECONNRESET' ? `; ${other}` : '';
  return {
    code: 'ARBITER_UNREACHABLE',
    reason,
    mend: `start it, or name one that this host can reach${hint}`,
  };
}

function certificateRefused(endpoint: string, alert: string, showsCertificate: boolean): Trouble {
  const reason = showsCertificate
    ? `${endpoint}: it refuses the certificate that it is shown (${alert})`
    : `${endpoint}: it wants a client certificate, and is shown none (${alert})`;
  const mend = `name one that its authority (--trusted-ca-file) has signed and that has not expired: ${FILES}`;
  return { code: 'ARBITER_TLS', reason, mend };
}

const NO_HTTP: StrangeAnswer = { status: 0, text: '', version: undefined };

const plainToTls = (endpoint: string): Trouble => ({
  code: 'ARBITER_TLS',
  reason: `${endpoint}: it answers, but not to plain HTTP`,
  mend: 'if it wants TLS, write https: instead of http:',
});
