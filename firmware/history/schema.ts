/** The history's tables, as steps from empty to today. A step that was shipped is never changed: the next one mends it. */
export const MIGRATIONS: readonly string[] = [
  `
  -- Every point that was ever written, by its number in the blocks: a changed site adds numbers and moves none.
  CREATE TABLE points (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    decimals INTEGER NOT NULL    -- values are whole numbers of 10^-decimals
  ) STRICT;

  -- The newest minutes, as they were written; packed by the hour when it is over.
  CREATE TABLE minutes (
    minute INTEGER PRIMARY KEY,  -- since 1970, wall clock
    clock_trusted INTEGER NOT NULL,
    block BLOB NOT NULL
  ) STRICT;

  CREATE TABLE hours (
    hour INTEGER PRIMARY KEY,    -- since 1970, wall clock
    untrusted TEXT NOT NULL      -- JSON: the minutes (0-59) whose time of day was not certain
  ) STRICT;
  CREATE TABLE blocks (
    key INTEGER PRIMARY KEY,     -- hour x 2048 + number of the block: the newest at the end, the oldest together
    block BLOB NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE hours ADD COLUMN sums BLOB;  -- what each point's minutes come to
  `,
  `
  -- Every reading of the newest minutes; packed by the hour when it is over. From here on nothing is added to \`minutes\`. What was read
  -- while nobody knew the time of day for certain stands in tables of hours 2^24 beyond the hour's number, so that it can be moved to its
  -- right time without a touch on the rest.
  CREATE TABLE frames (
    key INTEGER PRIMARY KEY,     -- minute x 65536 + a number: a minute may be told in parts, and more than once
    clock_trusted INTEGER NOT NULL,
    block BLOB NOT NULL
  ) STRICT;
  CREATE TABLE full_hours (
    hour INTEGER PRIMARY KEY,    -- as in \`hours\`
    whole INTEGER NOT NULL       -- 0: some of its minutes are only in \`blocks\`
  ) STRICT;
  CREATE TABLE full_blocks (
    key INTEGER PRIMARY KEY,     -- as in \`blocks\`
    block BLOB NOT NULL
  ) STRICT;

  -- Quarters of an hour, for charts over weeks and months. Made of \`blocks\`, block by block, when the day is over.
  CREATE TABLE days (
    day INTEGER PRIMARY KEY,     -- since 1970, UTC
    next_block INTEGER NOT NULL  -- those before it are made
  ) STRICT;
  CREATE TABLE day_blocks (
    key INTEGER PRIMARY KEY,     -- day x 2048 + number of the block
    block BLOB NOT NULL
  ) STRICT;
  INSERT INTO days SELECT DISTINCT hour / 24, 0 FROM hours;
  CREATE INDEX uncertain_hours ON hours (hour) WHERE untrusted <> '[]';

  -- What has to be moved because its clock was wrong by a known time; a row until it is done.
  CREATE TABLE restamps (
    id INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,    -- as the wrong clock told it
    to_ms INTEGER NOT NULL,
    offset_ms INTEGER NOT NULL,
    next_hour INTEGER NOT NULL   -- those before it are done
  ) STRICT;
  `,
];

/** A program must know so many of them to read and write today's file; a step that only adds does not raise it. */
export const FLOOR = 2;
