import type { Minted } from '../keys/crypto/mint-order.ts';

/** What a minting thread answers to an order; nothing for a failure, because an error's text may quote a key. */
export type ThreadReply = { readonly minted: Minted } | { readonly minted: undefined };
