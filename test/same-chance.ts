import fc from "fast-check";

/** The laws are tried with the same stories every time: whether a changed line is noticed must not be chance. The shortest one is not asked for. */
fc.configureGlobal({ seed: 20_261_126, endOnFailure: true });
