/** What a simulated peer may do that an honest one would not. */
export type Vice =
  /** Sends wrong bytes, for this share of the pieces. */
  | { readonly kind: 'corrupts'; readonly share: number }
  /** Says that it has everything, and has this share. */
  | { readonly kind: 'boasts'; readonly share: number }
  /** Answers nothing any more, after so many blocks. */
  | { readonly kind: 'stalls'; readonly afterBlocks: number }
  /** The same, but for a byte a second. */
  | { readonly kind: 'drips'; readonly afterBlocks: number }
  /** Breaks each connection after so many blocks. */
  | { readonly kind: 'breaks'; readonly afterBlocks: number }
  /** Serves nobody, and says so. */
  | { readonly kind: 'refuses' }
  /** Lets everybody connect, and says nothing. */
  | { readonly kind: 'mute' }
  /** Is not where it says. */
  | { readonly kind: 'absent' };
