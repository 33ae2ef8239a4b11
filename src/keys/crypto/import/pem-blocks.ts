import { ImportRefusal } from './import-outcome.ts';
import { decodeBase64 } from './text-encodings.ts';

export interface PemBlock {
  readonly label: string;
  /** Headers of the traditional encryption ("Proc-Type: 4,ENCRYPTED"). */
  readonly isEncrypted: boolean;
  /** The block itself, from its BEGIN to its END. */
  readonly text: string;
  /** What is between headers and END, without whitespace. */
  readonly body: string;
}

const BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----/g;
// openssl ecparam puts the curve before the key it makes, which names the curve again.
const IGNORED = new Set(['EC PARAMETERS']);

/**
 * The blocks of a PEM file (RFC 7468), without what stands around them.
 * @throws {ImportRefusal} MalformedKey if a block has no end.
 */
export function pemBlocks(text: string): readonly PemBlock[] {
  const begins = [...text.matchAll(BEGIN)];
  // Each ends before the next begins, so that no part of the text is read twice.
  return begins
    .map((begin, at) => readBlock(text.slice(begin.index, begins[at + 1]?.index), begin[1] ?? ''))
    .filter(({ label }) => !IGNORED.has(label));
}

function readBlock(text: string, label: string): PemBlock {
  const end = `-----END ${label}-----`;
  const endAt = text.indexOf(end);
  if (endAt < 0) {
    throw new ImportRefusal('MalformedKey', 'A PEM block has no END line that matches its BEGIN line; copy it whole');
  }
  const inner = text.slice(`-----BEGIN ${label}-----`.length, endAt);
  const headersEnd = /\r?\n[ \t]*\r?\n/.exec(inner);
  const hasHeaders = /^\s*[A-Za-z0-9-]+:/.test(inner);
  const body = hasHeaders && headersEnd ? inner.slice(headersEnd.index) : inner;
  const isEncrypted = /^[ \t]*Proc-Type:[ \t]*4,[ \t]*ENCRYPTED/m.test(inner);
  return { label, isEncrypted, text: `${text.slice(0, endAt)}${end}\n`, body: body.replaceAll(/\s/g, '') };
}

/** @throws {ImportRefusal} MalformedKey if the body is not strict base64. */
export function pemBytes({ body }: PemBlock): Uint8Array {
  const bytes = decodeBase64(body);
  if (bytes === undefined) {
    throw new ImportRefusal('MalformedKey', 'The text between BEGIN and END is not base64; copy the whole file again');
  }
  return bytes;
}
