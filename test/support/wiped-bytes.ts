/**
 * Which bytes were overwritten with zeros while something ran: what a view of bytes held just before it was filled.
 * Nothing else may run meanwhile in the same thread that is to be told apart.
 */
export class WipedBytes implements Disposable {
  readonly #wiped: string[] = [];
  readonly #restore: readonly (() => void)[];

  constructor() {
    this.#restore = [Uint8Array.prototype, Buffer.prototype as Uint8Array].map((prototype) => this.#watch(prototype));
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  /** Was a view wiped that held just these bytes? */
  has(bytes: Uint8Array | string): boolean {
    const wanted = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
    return this.#wiped.includes(wanted.toString('hex'));
  }

  #watch(prototype: Uint8Array): () => void {
    const own = Object.getOwnPropertyDescriptor(prototype, 'fill');
    const original = Reflect.get(prototype, 'fill') as (this: Uint8Array, ...values: unknown[]) => unknown;
    const note = (view: Uint8Array): void => {
      this.#wiped.push(Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex'));
    };
    const noting = function (this: Uint8Array, ...values: unknown[]): unknown {
      if (values.length === 1 && values[0] === 0) note(this);
      return original.apply(this, values);
    };
    Object.defineProperty(prototype, 'fill', { value: noting, configurable: true, writable: true });
    return () => {
      if (own === undefined) Reflect.deleteProperty(prototype, 'fill');
      else Object.defineProperty(prototype, 'fill', own);
    };
  }
}
