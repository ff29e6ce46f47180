import { CLOCK_SET_MIN_MS } from "./contract/clock.ts";

/** Version of the product; a test holds it to package.json. */
export const VERSION = "0.1.0";

/** Put there by the build. */
declare const BUILT_AT_MS: number | undefined;
/** It is not earlier than this: when the program was built. */
export const BUILT_MS = typeof BUILT_AT_MS === "undefined" ? CLOCK_SET_MIN_MS : BUILT_AT_MS;
