// Refusals that pass: what was refused is worth sending again, after a while.

const CODES = new Set(["unavailable", "rate_limited"]);

/** Milliseconds. */
export const RETRY_AFTER = 3_000;

/** Whether the server may take later what it refused by this code. */
export const isPassing = (code) => CODES.has(code);
