/**
 * Why an order was not carried out:
 *
 * - Failed: the worker could not make the key. Ordering again is safe.
 * - WorkerLost: the worker ended before it answered. Ordering again is safe; another worker will do it.
 * - Closed: the pool takes no more orders.
 */
export type MintingErrorCode = 'Failed' | 'WorkerLost' | 'Closed';

const messages: { readonly [C in MintingErrorCode]: string } = {
  Failed: 'Cannot mint a key: the cryptographic library failed',
  WorkerLost: 'Cannot mint a key: the worker that made it ended',
  Closed: 'Cannot mint a key: minting has been stopped',
};

/** Carries a code and a fixed text, never a cause: what a thread died of may quote what it worked on. */
export class MintingError extends Error {
  override readonly name = 'MintingError';
  readonly code: MintingErrorCode;

  constructor(code: MintingErrorCode) {
    super(messages[code]);
    this.code = code;
  }
}
