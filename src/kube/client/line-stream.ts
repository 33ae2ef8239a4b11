import { ConnectionError } from '../errors/api-error.ts';

const NEWLINE = 0x0a;

/** A watch event is one object and its type; etcd refuses objects far below this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Cuts a byte stream into lines and parses each as JSON. Empty lines are skipped; lines may span chunks.
 *
 * Memory held is at most one line. A line is parsed only when asked for, so a slow consumer slows the sender.
 *
 * @throws {ConnectionError} too-large for a line over `maxLineBytes`, malformed for one that is no JSON,
 *   aborted-stream for input that ends inside a line. None of them quotes the input.
 */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number = MAX_LINE_BYTES,
): AsyncGenerator<unknown, void, undefined> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      assertLineFits(pendingBytes + end - start, maxLineBytes);
      const line = concatenated(pending, chunk.subarray(start, end));
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line.length > 0) yield parsedLine(line);
    }
    if (start < chunk.length) {
      pendingBytes += chunk.length - start;
      assertLineFits(pendingBytes, maxLineBytes);
      pending.push(chunk.subarray(start));
    }
  }
  if (pendingBytes > 0) {
    throw new ConnectionError('aborted-stream', `Could not read a stream: it ended inside a line of JSON`);
  }
}

function assertLineFits(bytes: number, maxLineBytes: number): void {
  if (bytes > maxLineBytes) {
    throw new ConnectionError('too-large', `Could not read a stream: a line is longer than ${maxLineBytes} bytes`);
  }
}

function concatenated(pending: readonly Uint8Array[], last: Uint8Array): Buffer {
  return pending.length === 0
    ? Buffer.from(last.buffer, last.byteOffset, last.byteLength)
    : Buffer.concat([...pending, last]);
}

function parsedLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // The SyntaxError quotes its input, which may be a Secret: it goes no further.
    throw new ConnectionError('malformed', 'Could not read a stream: a line is not JSON');
  }
}
