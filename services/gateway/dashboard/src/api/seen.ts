/**
 * The newest fact that this page knows of: from its own commands and from the live stream. Queries ask for a state
 * that is at least as new, so that what was just written is read.
 */
let newest = 0n;

export const seen = {
  get: (): bigint => newest,
  note(seq: bigint): void {
    if (seq > newest) newest = seq;
  },
  reset(): void {
    newest = 0n;
  },
};
