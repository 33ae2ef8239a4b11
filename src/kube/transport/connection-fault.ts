import { errors } from 'undici';
import { ConnectionError, type ConnectionFault } from '../errors/api-error.ts';

const faultByCode: Readonly<Record<string, ConnectionFault>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  UND_ERR_HEADERS_OVERFLOW: 'malformed',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_ABORTED: 'closed',
  EPROTO: 'tls',
};

/** OpenSSL's verdicts on a certificate chain, as Node spells them in `code`. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/**
 * What went wrong below HTTP. Only the code of `error` is kept: a parser's error carries the raw bytes that it
 * choked on, and these may be a Secret.
 */
export function toConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = codeOf(error);
  // These have no code if the answer is no HTTP at all.
  const fault = error instanceof errors.HTTPParserError ? 'malformed' : faultOf(code);
  return new ConnectionError(fault, `The API server gave no answer: ${code === '' ? fault : `${fault} (${code})`}`);
}

function faultOf(code: string): ConnectionFault {
  if (TLS_CODE.test(code)) return 'tls';
  return faultByCode[code] ?? 'unknown';
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : '';
}
