import fc from "fast-check";

/**
 * Property tests take their chances from a seed. `make test` takes the same ones each time, so that what turns red was broken by the change
 * at hand; `make laws` and `make faults` (LAWS=chance) take new ones, and what they find is written down as an example beside its law.
 * `make mutants` (LAWS=quick) only asks whether a changed line is noticed, not for the shortest story that shows it.
 */
const SEED = 20_261_126;
const laws = process.env["LAWS"];

if (laws !== "chance") fc.configureGlobal({ seed: SEED, endOnFailure: laws === "quick" });
