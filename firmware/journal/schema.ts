/**
 * The journal's tables, as steps from empty to today. A step that was shipped is never changed: the next one mends it. From step
 * `FLOOR` on a step only adds: tables, indexes that are not unique, columns that may be null or have a default. Then the release
 * before it still opens the file, after a roll back, and goes on writing into it.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    boot TEXT NOT NULL,
    at_ms REAL NOT NULL,
    clock_trusted INTEGER NOT NULL,
    cause TEXT NOT NULL,
    key TEXT NOT NULL,
    incident TEXT NOT NULL,
    severity TEXT NOT NULL,
    record TEXT NOT NULL,
    body TEXT                  -- what targets are told; null when nobody is
  ) STRICT;
  CREATE INDEX events_incident ON events (incident, sequence);

  CREATE TABLE alarms (key TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    first_sequence INTEGER NOT NULL UNIQUE,
    last_sequence INTEGER NOT NULL,
    resolved INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_open ON incidents (first_sequence) WHERE resolved = 0;

  CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES events ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'parked')),
    head INTEGER NOT NULL,     -- 1: the oldest queued one of its target and key; only heads may be sent
    attempts INTEGER NOT NULL,
    due_at_ms REAL NOT NULL,   -- monotonic, so that a clock set right does not hold it back; 0 after every start
    at_ms REAL NOT NULL,
    answer TEXT NOT NULL,
    ticket TEXT,
    ticket_url TEXT,
    UNIQUE (sequence, target)
  ) STRICT;
  CREATE INDEX outbox_due ON outbox (target, due_at_ms, sequence) WHERE head = 1;
  CREATE INDEX outbox_queue ON outbox (target, key, sequence) WHERE state = 'queued';

  CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at_ms REAL NOT NULL,
    by TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE audit ADD COLUMN origin TEXT NOT NULL DEFAULT '';
  ALTER TABLE audit ADD COLUMN old TEXT;
  ALTER TABLE audit ADD COLUMN new TEXT;
  ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
  CREATE TABLE audit_head (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE audit_base (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL, hash TEXT NOT NULL) STRICT; -- the last line that was dropped for its age
  CREATE INDEX audit_by ON audit (by, number);
  CREATE INDEX audit_action ON audit (action, number);
  CREATE INDEX audit_at ON audit (at_ms, number);
  `,
  `
  CREATE TABLE access (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at_ms REAL NOT NULL,
    kind TEXT NOT NULL,
    door TEXT,
    who TEXT NOT NULL,         -- lower case: name, company and card, to search in
    entry TEXT NOT NULL
  ) STRICT;
  CREATE INDEX access_at ON access (at_ms);
  CREATE INDEX access_door ON access (door, number);
  CREATE TABLE access_readers (device TEXT PRIMARY KEY, counter REAL NOT NULL, blank INTEGER NOT NULL, at_ms REAL NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE inspection_sheets (
    id TEXT PRIMARY KEY,       -- template/day
    template TEXT NOT NULL,
    day TEXT NOT NULL,
    closed INTEGER NOT NULL,   -- 1: the day is over and its figures are among the rows
    pinned TEXT                -- the template as it was at the first act; null before it
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inspection_days ON inspection_sheets (day, template);
  CREATE INDEX inspection_unclosed ON inspection_sheets (day) WHERE closed = 0;
  CREATE TABLE inspection_rows (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sheet TEXT NOT NULL REFERENCES inspection_sheets ON DELETE CASCADE,
    at_ms REAL NOT NULL,
    clock_trusted INTEGER NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL
  ) STRICT;
  CREATE INDEX inspection_rows_of ON inspection_rows (sheet, number);
  `,
  `
  CREATE TABLE incident_number (only INTEGER PRIMARY KEY CHECK (only = 1), last INTEGER NOT NULL) STRICT;
  INSERT INTO incident_number (only, last) VALUES (1, 0);
  `,
  `
  ALTER TABLE inspection_sheets ADD COLUMN summary TEXT;                       -- its line of a calendar
  ALTER TABLE inspection_sheets ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;   -- of its rows
  ALTER TABLE inspection_rows ADD COLUMN figures BLOB;                         -- of a signature or a day that is over: deflated JSON
  `,
  "CREATE INDEX access_kind ON access (kind, door, number)",
  `
  -- Days on which the journal ran under a trusted clock, and how far each log had come when the day began: age is counted in these.
  CREATE TABLE lived_days (
    number INTEGER PRIMARY KEY,
    day TEXT NOT NULL UNIQUE,  -- YYYY-MM-DD, UTC
    events INTEGER NOT NULL,
    audit INTEGER NOT NULL,
    access INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_parked ON outbox (target) WHERE state = 'parked';
  CREATE INDEX inspection_bytes ON inspection_sheets (bytes);  -- their sum without reading the sheets
  `,
  `
  CREATE TABLE boots (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_event INTEGER NOT NULL,   -- last of each before this boot
    first_audit INTEGER NOT NULL,
    first_access INTEGER NOT NULL,
    first_row INTEGER NOT NULL,
    began_ms REAL,                  -- what was told from here …
    until_ms REAL,                  -- … to here, before the time of day was known,
    offset_ms REAL                  -- was wrong by this; null: it never became known, or was from the start
  ) STRICT;
  CREATE TABLE clock_steps (
    number INTEGER PRIMARY KEY,
    boot INTEGER NOT NULL,
    uptime_ms REAL NOT NULL,
    cause TEXT NOT NULL,
    from_ms REAL NOT NULL,
    to_ms REAL NOT NULL,
    qualities TEXT NOT NULL         -- before and after, JSON
  ) STRICT;
  -- at_ms stays what was told; corrected_ms is what it was, known later
  ALTER TABLE events ADD COLUMN uptime_ms REAL;
  ALTER TABLE events ADD COLUMN clock TEXT;
  ALTER TABLE events ADD COLUMN clock_error_ms REAL;
  ALTER TABLE events ADD COLUMN corrected_ms REAL;
  ALTER TABLE audit ADD COLUMN boot INTEGER;
  ALTER TABLE audit ADD COLUMN uptime_ms REAL;
  ALTER TABLE audit ADD COLUMN clock TEXT;
  ALTER TABLE audit ADD COLUMN place_hash TEXT;   -- over hash, boot, uptime_ms and clock: hash is over what the release before knows of
  ALTER TABLE audit ADD COLUMN corrected_ms REAL;
  CREATE INDEX audit_corrected ON audit (corrected_ms) WHERE corrected_ms IS NOT NULL;
  ALTER TABLE access ADD COLUMN boot INTEGER;
  ALTER TABLE access ADD COLUMN uptime_ms REAL;
  ALTER TABLE access ADD COLUMN clock TEXT;
  ALTER TABLE access ADD COLUMN corrected_ms REAL;
  CREATE INDEX access_corrected ON access (corrected_ms) WHERE corrected_ms IS NOT NULL;
  ALTER TABLE inspection_rows ADD COLUMN boot INTEGER;
  ALTER TABLE inspection_rows ADD COLUMN uptime_ms REAL;
  ALTER TABLE inspection_rows ADD COLUMN clock TEXT;
  ALTER TABLE inspection_rows ADD COLUMN corrected_ms REAL;
  `,
  `
  CREATE TABLE maintenance (
    id TEXT PRIMARY KEY,
    ended INTEGER NOT NULL,
    from_ms REAL NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX maintenance_from ON maintenance (ended, from_ms);
  `,
  // The events of a span, for the figures of the alarm system, without a look at all that is kept.
  "CREATE INDEX events_at ON events (coalesce(corrected_ms, at_ms))",
  `
  ALTER TABLE outbox ADD COLUMN recipients TEXT;  -- JSON; null: the target's own
  CREATE TABLE escalations (id TEXT PRIMARY KEY, running TEXT NOT NULL) STRICT, WITHOUT ROWID;
  -- Swaps, hand-overs and their confirmations: rows are added, never changed.
  CREATE TABLE on_call (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    rota TEXT NOT NULL,
    change_ms REAL NOT NULL,      -- the change of shifts that it is about; of a swap, when it ends
    at_ms REAL NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    boot INTEGER NOT NULL,
    uptime_ms REAL NOT NULL,
    clock TEXT NOT NULL,
    corrected_ms REAL
  ) STRICT;
  CREATE INDEX on_call_kind ON on_call (kind, number);
  CREATE INDEX on_call_change ON on_call (rota, change_ms);
  `,
  `
  -- What people and the gateway wrote about an incident, a problem or a runbook: rows are added, never changed.
  CREATE TABLE desk_acts (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,        -- incident, problem or runbook
    subject TEXT NOT NULL,     -- id of the incident, PR-000001, RB-000001
    at_ms REAL NOT NULL,
    clock_trusted INTEGER NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    boot INTEGER,
    uptime_ms REAL,
    clock TEXT,
    corrected_ms REAL
  ) STRICT;
  CREATE INDEX desk_acts_of ON desk_acts (kind, subject, number);
  CREATE TABLE problems (number INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;
  CREATE TABLE runbooks (number INTEGER PRIMARY KEY, record TEXT NOT NULL) STRICT;
  -- The columns from alarm on are copies to search by. A program that does not know them leaves them as they are.
  ALTER TABLE incidents ADD COLUMN work TEXT;   -- what people have made of it, JSON; beside the record, which the release before writes anew
  ALTER TABLE incidents ADD COLUMN alarm TEXT;
  ALTER TABLE incidents ADD COLUMN device TEXT;
  ALTER TABLE incidents ADD COLUMN opened_ms REAL;
  ALTER TABLE incidents ADD COLUMN number TEXT;
  ALTER TABLE incidents ADD COLUMN state TEXT;
  ALTER TABLE incidents ADD COLUMN assignee TEXT;
  ALTER TABLE incidents ADD COLUMN problem TEXT;
  ALTER TABLE incidents ADD COLUMN words TEXT;  -- lower case: number, subject, texts, device and assignee
  UPDATE incidents SET alarm = record ->> '$.key', device = record ->> '$.device', opened_ms = CAST(record ->> '$.openedAtMs' AS REAL),
    number = record ->> '$.number', words = lower(concat_ws(' ', record ->> '$.number', record ->> '$.text.zh', record ->> '$.text.en',
    record ->> '$.device')), state = CASE WHEN resolved = 1 THEN 'resolved' WHEN record ->> '$.acknowledgement' IS NULL THEN 'new' ELSE 'inProgress' END
    WHERE json_valid(record);
  CREATE INDEX incidents_state ON incidents (state, first_sequence);
  CREATE INDEX incidents_alarm ON incidents (alarm, first_sequence);
  CREATE INDEX incidents_number ON incidents (number);
  CREATE INDEX incidents_problem ON incidents (problem) WHERE problem IS NOT NULL;
  `,
  // The target in whose place this one is told; null: it is meant for this one.
  "ALTER TABLE outbox ADD COLUMN stands_for TEXT",
];

/** A program must know so many of them to read and write today's file. A step that breaks what is older raises it to its own number. */
export const FLOOR = 8;
