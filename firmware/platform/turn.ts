/** Lets the event loop do everything else that is ready: long work on it stops here now and then, and readings are judged in between. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
