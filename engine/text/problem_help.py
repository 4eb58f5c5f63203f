"""Explain each problem code at length: why it is a problem, and how to fix it.

`problem_codes` has the meaning in one sentence. This text is for the code's page in the documentation and for SARIF,
which shows it next to the result; only these two import it.
"""

from __future__ import annotations

from typing import NamedTuple


class Help(NamedTuple):
    """Why a code is a problem, and how to fix it; both in Markdown."""

    why: str
    fix: str


HELP: dict[str, Help] = {
    "accounts-gone": Help(
        "Many accounts of the last snapshot are absent, or have other ids. Their enrolments would end by mistake.",
        'Check the export. If the accounts really left, run again with `--force "why"`.',
    ),
    "always-late": Help(
        "`due` is counted from the date of the step, and nothing is issued before that date. So an action that is due "
        "earlier is late on every date, and a contact may be skipped for it.",
        "Give the step an earlier `at:`, or leave `due:` out: the action is then due on the date of the step.",
    ),
    "always-true": Help(
        "The condition excludes nothing: the limits or the list of `fields.yaml` allow no other value, its parts leave "
        "nothing out, or a text is compared with an empty one, which counts as missing. Only a missing value "
        "decides it, because then it is unknown.",
        "Correct the value, the condition or the limits of the field, or remove the condition. A field that may be "
        "missing is tested with `is not missing`.",
    ),
    "apprise-missing": Help(
        "Apprise knows many services, and most workspaces notify through none of them.",
        "Install the extra: `pip install 'tenure[apprise]'`.",
    ),
    "bad-address": Help(
        "A link goes into emails and in-app messages. Customers can only follow an absolute address.",
        "Write the whole address, such as `https://example.com/renew`.",
    ),
    "bad-certificates": Help(
        "`ca_file` names the certificates by which a server is verified. Without them no connection is made.",
        "Name a file in PEM format, relative to the workspace, or leave `ca_file` out to use those of the system.",
    ),
    "bad-character": Help(
        "Control characters are invisible in an editor and change what a file means. YAML forbids them.",
        "Delete the character at the place shown. It usually comes from a copied text.",
    ),
    "bad-database": Help(
        "A database is found by its address, which begins with its kind.",
        "Write an address such as `postgresql://user:${PASSWORD}@host/name`, or `sqlite:///data/crm.db`.",
    ),
    "bad-date": Help(
        "A date that does not exist, or a range that ends before it begins, has no meaning.",
        "Write dates as `2026-01-31`, and put the earlier date first.",
    ),
    "bad-date-format": Help(
        "Without the place of day, month and year, `03/04/2026` could be March or April.",
        "Write a strftime format with all three, such as `%d/%m/%Y`.",
    ),
    "bad-deck": Help(
        "`documents/review_deck.pptx` gives the review's slides their master and theme. "
        "A file that python-pptx cannot open, or without usable layouts, cannot do that.",
        "Open the file in PowerPoint and save it again as `.pptx`, or delete it to use the shipped look.",
    ),
    "bad-id": Help(
        "Ids are part of each action's identity and of column and file names. They have one spelling.",
        "Use lower-case letters, digits and underscores, and begin with a letter: `first_call`.",
    ),
    "bad-merge": Help(
        "The account in `merged_into` goes on for this one: its enrolments end, and nothing is sent for it any more. "
        "In a circle no account would go on.",
        "Correct `merged_into` in the source. Chains are followed: `a` into `b` and `b` into `c` end in `c`.",
    ),
    "bad-number": Help(
        "Infinite, very long or out-of-range numbers are mistakes nearly always, and break arithmetic.",
        "Write a plain number inside the limits that the message names.",
    ),
    "bad-offset": Help(
        "A step's date is computed from the length of time. Without one there is no date.",
        "Write a number and a unit, such as `-90 days`, `5 business days` or `2 months`.",
    ),
    "bad-outcome": Help(
        "An outcome belongs to an action that was issued, and has the date on which it happened. A row without that"
        " would say something wrong for good: outcomes are never rewritten. The other rows are recorded.",
        "Correct the row and record the file again. Rows that were recorded are not recorded twice.",
    ),
    "bad-path": Help(
        "`files` names one snapshot per date, so the date must be in the path. `file` names one file for all dates.",
        "Write `{date}` once in `files`, `rows_file`, `checksum_file` and `done_file`. Leave it out of `file`.",
    ),
    "bad-people": Help(
        "The table of people says where actions are delivered. A value that cannot be used is left out: without an "
        "address nothing is sent to the person, and without a deputy the work of an absent person stays with them.",
        "Correct the row in the table. Each person has one row, and managers and deputies have rows too.",
    ),
    "bad-percent": Help(
        "A bare `20` could mean 20 % or 2,000 %.",
        "Write a number and a percent sign: `20 %`.",
    ),
    "bad-rate": Help(
        "Amounts of several currencies are reported in one. A missing or unreadable rate would change the figures.",
        "Give the file the columns `on,currency,rate`. Each row needs a date, a currency code and a number above zero.",
    ),
    "bad-schedule": Help(
        "The schedule says on which dates the playbook is evaluated. One that never fires would never run.",
        'Write five cron fields in quotes, such as `"0 6 * * *"` for every day at six.',
    ),
    "bad-simulation": Help(
        "`tenure simulate` computes with assumptions, rules and changed settings. One that it cannot use would give a "
        "wrong result without a word.",
        "Follow the example in the message; the page of `tenure simulate` lists all of them.",
    ),
    "bad-text": Help(
        "Some places take a text of a fixed form: a length of time, a language, a country, a name.",
        "Follow the example in the message.",
    ),
    "bad-values": Help(
        "Bad values are left out: the field is unknown for these accounts. Where it is essential, the row is left "
        "out.",
        "See how the export writes the column, and state it in `fields.yaml`: `numbers`, `format`, `translate` or "
        "`missing`.",
    ),
    "brake": Help(
        "A bad export or a wrong edit can create thousands of actions at once, empty a field, leave out rows, or move "
        "the dates of many accounts or end their enrolments. "
        "The brake stops the run, all its dates together, before anything is written.",
        'Look at `tenure preview`. If all is right, run again with `--force "why"`.',
    ),
    "catch-up-too-short": Help(
        "What falls due between two dates of the schedule is evaluated on the next one, and is late then. `catch_up` "
        "skips what is too late, so these contacts would never go out.",
        "Allow as many days under `within` as the schedule's longest gap, or evaluate the playbook every day.",
    ),
    "channel-closed": Help(
        "The channel has `hours:`, and it is earlier or later now. Nothing is lost: what it has waits in the outbox.",
        "Run `tenure deliver` within the hours, or change them in `tenure.yaml`.",
    ),
    "channel-down": Help(
        "The server could not be reached, or refused in a way that holds for everything. After some attempts the "
        "channel is given up for this time, and what it has waits. Letters wait only until their contact day ends.",
        "Check the address, the password and the certificate, then run `tenure deliver` again.",
    ),
    "cluster-failed": Help(
        "`tenure.yaml` says that a cluster evaluates the accounts, and it could not be reached, or tried a part as "
        "often as it tries one and failed. Nothing was written of the date.",
        "See the cluster's log. Its workers need the same Python and Tenure as the machine of the run, and the "
        "workspace's folder under the same path. `executor: local` runs without it.",
    ),
    "cluster-versions": Help(
        "Dates, holidays and sums can differ between versions of Tenure and of its libraries, so a run whose parts "
        "were evaluated with different ones could not be repeated.",
        "Install on the workers what the machine of the run has; `pip freeze` lists it.",
    ),
    "conflicting-keys": Help(
        "The keys contradict each other, or exactly one of several is needed.",
        "Keep the one that you mean, and delete the others.",
    ),
    "csv-lines": Help(
        "Once a quote is not closed, the borders of all later rows are unknown.",
        "Export the file again, or close the quote in the line shown.",
    ),
    "cut-off": Help(
        "A half-written export would make the missing accounts look as if they had left.",
        "Wait for the export to finish, or export again. Compare the row count and the checksum if you state them.",
    ),
    "date-ahead": Help(
        "The state of accounts on a later date is unknown, so a run for it would record guesses.",
        "Run for today or an earlier date. Use `tenure preview --until` to look ahead.",
    ),
    "date-before-last": Help(
        "The ledger is written forwards only. Evaluating an earlier date again would change history.",
        "Run for the last committed date or a later one. Use `tenure actions` and `tenure explain` to look back.",
    ),
    "dead-end": Help(
        "An account in such a state stays there for ever, and the playbook never ends for it.",
        "Add a transition that leaves the state, or mark it `final: true`.",
    ),
    "deep-condition": Help(
        "Conditions have limits on nesting and parts, so that no file can exhaust memory or time.",
        "Name parts of the condition under `define`, and use the names.",
    ),
    "delivery-failed": Help(
        "Some deliveries were refused for good, or a person has no address. They are not attempted again on their own.",
        "Correct the reason that `tenure deliver` shows, then run `tenure deliver --retry`.",
    ),
    "document-failed": Help(
        "The template does something with a value that templates may not do, such as arithmetic on a text.",
        "Change the expression at the line shown. Test unknown values with `is missing` first.",
    ),
    "document-syntax": Help(
        "Jinja2 cannot read the template, so the document cannot be written.",
        "Close every `{{`, `{%` and block at or above the line shown.",
    ),
    "doubtful-date": Help(
        "A wrong date would end a cycle, thank for a renewal or skip notices. So a date that moved back to before its "
        "cycle opened, far ahead, or with day and month exchanged moves nothing until it has lasted for some days.",
        "Correct the date in the source, and the enrolment goes on as if nothing had happened. A right date needs "
        "nothing: it is taken once it has lasted that long. `doubt:` in `tenure.yaml` says which dates are doubted.",
    ),
    "driver-missing": Help(
        "What reads databases and lakes is large, and most workspaces need none of it.",
        "Install the extra that the message names, such as `tenure[postgres]`.",
    ),
    "duckdb-missing": Help(
        "SQL sources are run by DuckDB, which is an optional extra.",
        'Install it: `pip install "tenure[sql]"`.',
    ),
    "duplicate-item": Help(
        "The items of this list must differ. A second one usually is a typing error for another.",
        "Delete the second item, or write the one that you meant.",
    ),
    "duplicate-key": Help(
        "YAML readers disagree on which of two equal keys wins. One of the two texts would be lost in silence.",
        "Delete one of them, or rename it. The message shows both places.",
    ),
    "edited-meanwhile": Help(
        "`tenure validate --fix` read a file, and somebody saved it before the corrections were written. Writing "
        "them would lose that edit.",
        "Run `tenure validate --fix` again. No file was changed.",
    ),
    "either-day": Help(
        "cron joins the day of the month and the day of the week by or: `0 6 1-7 * 1` fires on the first seven days of "
        "the month, and on each Monday.",
        "Write `*` for one of the two. The first Monday is `1#1`, the last Friday `L5`, as the day of the week.",
    ),
    "empty-condition": Help(
        "An empty condition could mean always or never.",
        "Write a condition, or delete the key.",
    ),
    "empty-file": Help(
        "The file has no content, which usually means that saving or copying it failed.",
        "Write the file's content, or delete the file.",
    ),
    "empty-snapshot": Help(
        "Without any account, every account would look as if it had left.",
        "Check the export. An empty file is never a valid snapshot.",
    ),
    "empty-value": Help(
        "The key needs a value. An empty one usually is an unfinished edit.",
        "Write a value, or delete the key.",
    ),
    "erase-nothing": Help(
        "Neither the store nor a success plan has this name, or names of this account. Perhaps it is erased already.",
        "Write the account's id, or the person's full name or address as the snapshot has it.",
    ),
    "excel-missing": Help(
        "Spreadsheets are read with fastexcel, an optional dependency.",
        "Run `pip install 'tenure[excel]'`, or export the sheet as CSV.",
    ),
    "executor-missing": Help(
        "What talks to a cluster is large, and most workspaces need none.",
        "Install the extra that the message names where the run starts, and on the workers.",
    ),
    "fetch-failed": Help(
        "The storage refused, or what lies there is no table of the stated format.",
        "Read the address with the storage's own tools, on the same machine and as the same user.",
    ),
    "field-cycle": Help(
        "Each field in the circle needs the other one first, so none of them can be computed.",
        "Let one of them come from a column (`from:`), or base it on other fields.",
    ),
    "file-changed": Help(
        "Another program wrote to the snapshot during the read. Rows from two states would be mixed.",
        "Export to another name and rename the file when it is complete, or use `done_file`.",
    ),
    "final-left": Help(
        "A final state ends the enrolment, so its outgoing transition can never happen.",
        "Delete the transition, or take `final: true` off the state.",
    ),
    "gap-between-cases": Help(
        "Two conditions share out the accounts at a number, and both leave the number itself out. An account that "
        "has exactly this number gets neither, and nobody notices.",
        "Write `<=` or `>=` in one of the two. If the number is left out on purpose, say with a third case what "
        "happens then.",
    ),
    "hidden-name": Help(
        "A name that also is a field or a word of the language would hide it in some places.",
        "Choose another name.",
    ),
    "holdout-refused": Help(
        "A holdout leaves out customers by chance. What they have to know, such as a legal notice or the end of their "
        "subscription, must reach all of them: the steps that the contact policy lists under `exempt`, and playbooks "
        "whose contacts are all `must_reach`.",
        "Leave `holdout` out. To measure something else in the same playbook, move it to a playbook of its own. Single "
        "actions with `must_reach: true` go out all the same, with a holdout too.",
    ),
    "long-agenda": Help(
        "The parts of the agenda need more minutes than the meeting has.",
        "Shorten the parts, or raise `minutes` of the meeting.",
    ),
    "long-condition": Help(
        "Conditions are limited to 10,000 characters, so that reading a file has a bounded cost.",
        "Name parts under `define`. Replace long lists of ids with a field.",
    ),
    "message-forbids": Help(
        "Messages may show values, choose with `if` and loop over lists. Calls and assignments are refused: "
        "a message must not run code.",
        "Use a filter or a name under `define`.",
    ),
    "message-syntax": Help(
        "Jinja2 cannot read the message.",
        "Close every `{{` and `{%`, and end each `if` and `for`.",
    ),
    "missing-column": Help(
        "Without `account_id` no row can be assigned to an account. A stated `date_column` dates the rows.",
        "Add the column to the export, or map another one with `from:` in `fields.yaml`.",
    ),
    "missing-key": Help(
        "The key has no default, because a silent choice would surprise someone.",
        "Write the key that the message names.",
    ),
    "missing-secret": Help(
        "Secrets are read from the environment when the database is asked, and are in no file.",
        "Set the variable in the crontab, in the systemd unit, or where you run the command.",
    ),
    "missing-sheet": Help(
        "`sheet:` names a sheet that the spreadsheet does not have. Reading another one could give other accounts.",
        "Write the name of one of its sheets, as the tab shows it. Without `sheet:`, the first one is read.",
    ),
    "mixed-types": Help(
        "A comparison of a text with a number, or a list of both, is never what was meant.",
        "Compare values of the same type. Put texts in quotes, and numbers without.",
    ),
    "moved-still-there": Help(
        "`moved` says where accounts go from a step that no longer exists. This one exists.",
        "Delete the line under `moved`, or delete the step.",
    ),
    "name-not-here": Help(
        "The name has a meaning only inside an enrolment, such as `anchor`, or for one kind of playbook.",
        "Use one of the names that the message lists.",
    ),
    "never-reached": Help(
        "Each condition can be true, but not all that must be true at once: the condition of the step, that of "
        "the action, `for` or `while`, and no earlier transition taken. So no account ever gets what depends on "
        "them.",
        "Correct the condition at the place shown. Of two transitions from one state, put the one with the "
        "narrower condition first.",
    ),
    "never-rests": Help(
        "Two transitions lead back to each other and can be true on the same day. The account would never stop moving.",
        "Give one transition an `after:`, or make the conditions exclude each other.",
    ),
    "never-true": Help(
        "No account can meet the condition: a value is outside the limits of `fields.yaml`, the parts exclude each "
        "other, or a text is compared with an empty one, which counts as missing.",
        "Correct the value, the condition or the limits of the field, or remove the condition. A field that may be "
        "missing is tested with `is missing`.",
    ),
    "no-currency": Help(
        "A customer would read a bare amount, such as 9,086.57.",
        "State `currency: EUR` in `tenure.yaml`, or map the column with the account's currency to the field "
        "`currency`.",
    ),
    "no-events": Help(
        "Without the file, counts and sums of its events would be zero for every account.",
        "Correct `file` in `fields.yaml`, or run the export. The next run catches up what this one did not evaluate.",
    ),
    "no-exit": Help(
        "`for` is always true, no outcome has a `when`, and no later contact has a condition. So the playbook "
        "goes on writing to customers who left, or who did what it asks for.",
        "Say under `for` whom the playbook is for, such as `status == 'active'`, or add an outcome with the "
        "`when` that ends it.",
    ),
    "no-key-column": Help(
        "A snapshot is a table with a row for each account, and its id says which account that is.",
        "Name the column with `tenure import --key COLUMN`, or add the id to the export.",
    ),
    "no-members": Help(
        "A playbook works only on accounts for which its `for` is true. If that is so for none, nothing will ever "
        "happen, mostly because a field is not mapped, or has other words than the playbook expects.",
        "Map the fields that `for` reads in `fields.yaml`, and translate the export's words.",
    ),
    "no-outcomes": Help(
        "Without the source, the run does not know what was done since the last one. All else is evaluated as always.",
        "See whether the export has run, and whether `outcomes` in tenure.yaml names it. The next run reads it.",
    ),
    "no-people": Help(
        "Owners are reached by the addresses in the table of people. Without the table, nothing can be delivered.",
        "Check `people:` in `tenure.yaml`. The table needs at least the column `name`; `columns:` says which it is.",
    ),
    "not-enrolled": Help(
        "Somebody enrolled accounts with `tenure enrol`. The playbook counts its steps from a date that the accounts "
        "lack, or it has had the cycle of that date already, and each cycle opens once. Every run tries again.",
        "Fill in the date in the source, or take the enrolment back with `tenure close ACCOUNT PLAYBOOK`.",
    ),
    "no-snapshot": Help(
        "There is no snapshot of this date or an earlier one, so the state of the accounts is unknown.",
        "Check `snapshots:` in `tenure.yaml`, and whether the export ran.",
    ),
    "no-version": Help(
        "`tenure diff` compares the files of a workspace with another version, by default that of the last run.",
        "Name a folder with a `tenure.yaml`, a revision in git in which this folder has one, such as `--from main`, or"
        " the date of a run. A run from before runs stored the texts that they read has none; the next run has.",
    ),
    "no-workspace": Help(
        "Every command works on a workspace: a folder with a `tenure.yaml`.",
        "Change to that folder, name it with `--workspace DIR`, or create one with `tenure init`.",
    ),
    "not-a-condition": Help(
        "A number, a date or a text is neither true nor false.",
        "Compare the value with something: `health_score < 70`.",
    ),
    "not-a-field": Help(
        "`is missing` asks whether an account has a value. A constant always has one.",
        "Ask it of a field, such as `csm is missing`.",
    ),
    "not-a-file": Help(
        "Reading a folder, device, pipe or socket could block or never end.",
        "Name a regular file.",
    ),
    "not-importable": Help(
        "An import adds a file to the snapshots of a workspace. All of them have the same form, files that are "
        "joined have the same ids, and an address is read only over https, up to a limit of bytes and time.",
        "Export the file as before, name the columns with the same ids with `--key`, import it into another "
        "folder with `--into`, run the days before it first, or download it and name the file.",
    ),
    "not-utf-8": Help(
        "Accents would turn into wrong signs in emails to customers.",
        "Save the file as UTF-8. In a spreadsheet, export as “CSV UTF-8”. For an export that you cannot change, state "
        "its `encoding:` where it is named.",
    ),
    "odd-boolean": Help(
        "A true-or-false field has no order and no text.",
        "Use the field by itself, or with `not`: `auto_renew`, `not auto_renew`.",
    ),
    "often-missing": Help(
        "A message cannot be written without a value that it shows, and then the contact fails. Here many "
        "accounts lack the field.",
        "Write the sentence that shows the field inside `{% if FIELD %}` and `{% endif %}`, give it a default "
        "with `{{ FIELD | default('...') }}`, or map the field in `fields.yaml`.",
    ),
    "often-postponed": Help(
        "The contact policy lets few contacts through on a day and in a week. A step that has to wait as a rule "
        "reaches customers later than the playbook says, or not at all.",
        "Move the step to a date with fewer contacts, or raise its `priority`. `tenure actions` lists the "
        "reasons.",
    ),
    "opens-for-ever": Help(
        "The trigger's condition lasts, and nothing says when it may open a follow-up again. While it is true, each "
        "follow-up that ends is followed by another one.",
        "Add `rearm:` with the condition under which the matter is over, or `apart:` with the least time between two "
        "openings. A condition about an event, such as `crossed_below(health_score, 70)`, needs neither.",
    ),
    "other-account": Help(
        "The plan's `account` and its file name disagree. A figure could reach the wrong customer.",
        "Rename the file, or correct `account:`.",
    ),
    "other-scale": Help(
        "A share of 0.85 exported as 85 has no bad value, and still makes every comparison wrong.",
        "State `numbers: {percent: true}` for the field in `fields.yaml`, or correct the export.",
    ),
    "outcome-too-early": Help(
        "An outcome with `at:` is reached from the last step. Where its date is before that of the step, it has passed "
        "when the step is reached, and the step ends the cycle on its own date.",
        "Give the outcome the date of the last step or a later one. An outcome with only `when:` ends the cycle at "
        "any step, and one with `at: 0 days` as soon as the last step is reached.",
    ),
    "overlapping-cases": Help(
        "Two conditions share out the accounts at a number, and both include the number itself. An account that "
        "has exactly this number gets both, or the one that is tried first.",
        "Write `<` or `>` in one of the two. `between` includes both ends: of two ranges that meet, begin the "
        "second one with `>`.",
    ),
    "overlapping-tiers": Help(
        "Every account that reaches the level also reaches the next one, so the level is always empty.",
        "Order levels from lowest to highest, and raise the criteria of the higher one.",
    ),
    "plain-connection": Help(
        "Letters and passwords would cross the network readable for everyone on the way.",
        "Use `tls: starttls` or `tls: ssl`, and `https://` for webhooks. Only this machine needs no encryption.",
    ),
    "plain-secret": Help(
        "Settings are read by many people and kept in version control. A password in them is known to all of them.",
        "Write `${NAME}` in its place, and set the variable `NAME` where Tenure runs.",
    ),
    "playbook-circle": Help(
        "A playbook that others ask about moves first. In a circle there is no first one.",
        "Let one of them use fields of the account instead of `stands_in` or `standing_since`.",
    ),
    "playbook-gone": Help(
        "Accounts are enrolled in a playbook that was deleted, renamed or has errors. They wait where they are.",
        "Restore the file or fix its errors. To end a playbook for good, let its accounts reach an outcome first.",
    ),
    "pptx-missing": Help(
        "Slides are written by python-pptx, which is an optional extra.",
        'Install it: `pip install "tenure[deck]"`.',
    ),
    "query-failed": Help(
        "DuckDB, or the database, refused the query. Its own message follows.",
        "Run the query in DuckDB by itself. It may read only the files under `tables`.",
    ),
    "query-limit": Help(
        "A query without limits could exhaust the machine's memory or never end.",
        "Select fewer columns and rows, or prepare the data in the warehouse.",
    ),
    "query-not-select": Help(
        "A snapshot query only reads. Anything but one SELECT could change files or settings.",
        "Write one `SELECT`, with common table expressions if you need steps.",
    ),
    "query-outside": Help(
        "The same inputs must give the same snapshot, and a playbook must not read other files of the machine.",
        "Name each file under `tables`, and use those names in the query.",
    ),
    "query-unstable": Help(
        "Running the query again would give another snapshot for the same date.",
        "Use `$on` instead of the clock, and remove random functions and session settings.",
    ),
    "repeat-at-end": Help(
        "A repeated action needs an account that stays in the state. Outcomes and final states end the enrolment.",
        "Remove `repeat:`, `again:` or `escalate:`, move the action to a step, or add an outcome with a date.",
    ),
    "repeated-account": Help(
        "With two rows for one account, no one can say which is true.",
        "Make the export return one row per `account_id`.",
    ),
    "repeated-column": Help(
        "With two columns of one name, the value of the field is ambiguous.",
        "Rename one of the columns in the export.",
    ),
    "repeated-id": Help(
        "Ids are part of each action's identity. Two things with one id would share their history.",
        "Give one of them another id. Keep the id of the one that has already run.",
    ),
    "reserved-id": Help(
        "Every body adds states such as `enrolled`, and `success_plan` names the actions of success plans.",
        "Choose another id.",
    ),
    "repeated-item": Help(
        "Without an `id`, an item of a plan is known by its text. Two that are the same would be one action.",
        "Give each item an `id`, such as `id: first_report`, or merge them.",
    ),
    "retyped-column": Help(
        "Not one value of the column converts to the field's type. The export has changed.",
        "Check the export. `translate:` and `format:` in `fields.yaml` adapt words and dates.",
    ),
    "same-day-contacts": Help(
        "Both steps count from the same date, or were planned on the same days. Customers hear twice on one day, "
        "or the contact policy postpones one of the two.",
        "Move one of them by some days, or exclude by a condition the accounts that get the other, such as `not "
        "stands_in('renewal/notice')`.",
    ),
    "single-brace": Help(
        "Only names in two braces are replaced by a value. Anything else is text, so customers would read the name.",
        "Write the name in two braces: `{{ account_name }}`. To send a single brace, write `{{ '{' }}`.",
    ),
    "snapshot-too-old": Help(
        "The newest snapshot is older than `max_age`. Actions would be based on old data.",
        "Check why the export did not run, or raise `max_age`.",
    ),
    "standard-field-type": Help(
        "Shipped playbooks, metrics and reports use the standard fields with their types.",
        "Leave out `type`, or give your own field another name.",
    ),
    "step-never-due": Help(
        "A condition that is never true, or the order of dates, keeps every account away from the step.",
        "Correct the condition or the offset, or remove the step.",
    ),
    "step-without-actions": Help(
        "The step was in the playbook for the entire year, the playbook was in use, and no account got anything "
        "of it. Its condition may be wrong, or never true of these accounts.",
        "Look with `tenure explain ACCOUNT` at an account that should have got it, and correct the condition. Or "
        "take the step out.",
    ),
    "store-backup": Help(
        "The target cannot hold a backup, or the source has none.",
        "Name a new or empty folder to back up to, and a complete backup to restore from.",
    ),
    "store-busy": Help(
        "Another program held the store's database open for writing too long. Nothing was written.",
        "Close programs that read `store.db` for a long time, then run again.",
    ),
    "store-closed": Help(
        "The store belongs to another user, or its folder has other permissions than needed.",
        "Run as the user who owns the store, or correct the permissions of the folder.",
    ),
    "store-damaged": Help(
        "A file is missing or differs from its checksum. Results built on it could be wrong.",
        "Restore the store's folder from a backup, whole. Never edit its files.",
    ),
    "store-date": Help(
        "A date is committed once and in order. This one is committed or lies before the last one.",
        "Run for a later date, or use `--redo` for the last one.",
    ),
    "store-duplicate": Help(
        "The ledger has the same entry. Writing it twice could send a message twice.",
        "Run again: a completed date adds nothing. Report the problem if it returns.",
    ),
    "store-failed": Help(
        "The disk, the database or the object storage reported an error while the store was in use.",
        "Check what the message names, and `store:` in tenure.yaml. The last committed date is intact.",
    ),
    "store-foreign": Help(
        "The folder holds files that are not a store's. Tenure does not mix its files with others.",
        "Name a new folder under `store:`.",
    ),
    "store-full": Help(
        "The disk has no space left. Nothing of the date was written.",
        "Free some space, then run again.",
    ),
    "store-interrupted": Help(
        "An interrupted run left temporary files that this user may not delete.",
        "Run once as the user who owns the store.",
    ),
    "store-link": Help(
        "A symbolic link could point outside the store. Tenure never creates one there.",
        "Replace the link with the file or folder itself.",
    ),
    "store-lock-lost": Help(
        "Without its lock, a run cannot exclude that another run wrote at the same time.",
        "Never delete the lock file, and let a database server keep the run's transaction open. Run "
        "`tenure store verify`, then run again.",
    ),
    "store-newer": Help(
        "A newer version of Tenure wrote the store. This version does not know its layout.",
        "Install the newer version again.",
    ),
    "store-older": Help(
        "The store was written before the first release and has a layout that is not supported.",
        "Begin with a new store: rename the folder, and run.",
    ),
    "store-open-to-others": Help(
        "The store has personal data. Other users of the machine could read or change it.",
        "Remove the permissions of group and others, as the message shows.",
    ),
    "store-owner": Help(
        "Files of several owners cause failures later, when one of them cannot be replaced.",
        "Give all files to one user, and run as that user.",
    ),
    "store-taken-back": Help(
        "Actions issued since that copy are missing in it, and would be issued a second time.",
        "Restore the newest copy. If the older one is intended, follow the message.",
    ),
    "store-unconfirmed": Help(
        "The date is in the store, but the disk reported an error while confirming it.",
        "Check the disk, then run `tenure store verify`.",
    ),
    "stranded-accounts": Help(
        "The edit removed or renamed a step in which accounts are. They would have no next step.",
        "Say where they go: `moved: {old_step: new_step}`. Or put the step back.",
    ),
    "strange-plan": Help(
        "Items of such a plan do not become actions, so its owners would wait for them.",
        "Correct the account's id in the plan and in its file's name, or delete the plan of an account that is gone.",
    ),
    "strange-events": Help(
        "Events of an account that is not in the snapshot count for none. A few are those of accounts that have gone; "
        "many may have ids of another kind.",
        "See whether `account` in `fields.yaml` names the column with the ids of the accounts, written as there.",
    ),
    "tab-indent": Help(
        "YAML allows spaces only for indentation.",
        "Replace tabs with spaces. Most editors can do so for the whole file.",
    ),
    "table-outside": Help(
        "A query may read files of the workspace and of the allowed folders only.",
        "Move the file, or allow its folder in the settings.",
    ),
    "template-in-plain-text": Help(
        "Titles, checklists, offers and grounds are the same for all accounts: people read the braces as they are.",
        "Take the template out, or move it to a message. Lists of actions show the account and its owner anyway.",
    ),
    "template-type": Help(
        "The template would fail for every account, or the comparison would never hold: a filter, a sign or a "
        "comparison is used with a value of another type, or a text is compared that is not in the field's list.",
        "Use the value as its type allows. Numbers are written without quotes, brackets go around what a filter "
        "formats, and dates are compared and computed under `define:`.",
    ),
    "test-failed": Help(
        "A test says what an account gets on which day, and the playbook gives it something else. Either an edit has "
        "changed more than was meant, or the expectation is wrong.",
        "Read the explanation under the failure: it has the conditions of that day with their values. Correct the "
        "playbook, or the test.",
    ),
    "text-order": Help(
        "The order of texts depends on language and case, so `<` has no dependable meaning.",
        "Use `==` or `in`, or compare a number or a date.",
    ),
    "too-deep": Help(
        "Nesting has a limit, so that no file can exhaust memory.",
        "Check for brackets that are not closed.",
    ),
    "too-large": Help(
        "The file exceeds the size limit of YAML files and was not read.",
        "Check that it is the right file. Data belongs in snapshots.",
    ),
    "unbalanced-bracket": Help(
        "Without its partner, the extent of the bracket is unknown.",
        "Add the missing bracket or delete the extra one.",
    ),
    "unclosed-text": Help(
        "Everything after the opening quote would count as text.",
        "Add the closing quote.",
    ),
    "unequal-evaluation": Help(
        "Several dates leave out accounts to which nothing can happen, and evaluate a few of these all the same. "
        "One of them came out differently, so others might too. Nothing of the date was saved.",
        "Report the problem. With `--everybody`, `tenure run` and `preview` evaluate every account on every date.",
    ),
    "unexpected-text": Help(
        "The condition is complete, or something else is needed in this place.",
        "Look for a missing `and` or `or`, or a missing comma, before the place shown.",
    ),
    "unfilled-field": Help(
        "A playbook reads the field, but it has no column and no default. Conditions on it stay unknown.",
        "Map a column with `from:` in `fields.yaml`, or give the field a `default`.",
    ),
    "unfinished-snapshot": Help(
        "The file that proves the export's completion is not there yet.",
        "Wait for the export to finish, or find out why it did not.",
    ),
    "unknown-action": Help(
        "A condition asks what became of an action that the step does not have.",
        "Use one of the actions that the message lists. An action without an `id` has its kind as its id.",
    ),
    "unknown-agenda": Help(
        "The action names an agenda that is not under `agendas`.",
        "Correct the name, or add the agenda.",
    ),
    "unknown-country": Help(
        "Public holidays depend on the country. Accounts whose country is unknown have those of the workspace.",
        "Write the two-letter ISO code, such as `FR`, or the country's name. An export that calls countries otherwise "
        "needs a column with codes.",
    ),
    "unknown-document": Help(
        "The file under `documents/` has the name of no document, so it would never be used.",
        "Rename it to `NAME.LANGUAGE.md`, with a name from `tenure report --help`.",
    ),
    "unknown-document-name": Help(
        "The template uses a name that has no value in this document.",
        "Use a field, a list of the success plan, or one of the names that the message suggests.",
    ),
    "unknown-encoding": Help(
        "`encoding:` names the way in which the text of a file is stored, and no encoding has this name.",
        "Write `utf-8`, `windows-1252`, `latin-1` or `utf-16`. Without `encoding:`, files are read as UTF-8.",
    ),
    "unknown-events": Help(
        "A function of events takes a table that `fields.yaml` declares under `events:`.",
        "Correct the name, or declare the table with its file, its date and its columns.",
    ),
    "unknown-field": Help(
        "A misspelt field would be missing for every account, so the condition would never be true.",
        "Correct the name. `tenure fields` lists all fields. Put texts in quotes.",
    ),
    "unknown-filter": Help(
        "Messages have a short list of filters and tests. Others are refused.",
        "Use one of those that the message lists.",
    ),
    "unknown-format": Help(
        "The ending of the file does not say how to read or write it.",
        "Use `.csv`, `.parquet` or `.jsonl`, or state `format:`. For documents, use `--format`.",
    ),
    "unknown-function": Help(
        "Conditions have a fixed list of functions.",
        "Correct the name. The reference lists every function.",
    ),
    "unknown-key": Help(
        "A misspelt key would be ignored in silence, and its setting with it.",
        "Correct the key, or delete it.",
    ),
    "unknown-language": Help(
        "Messages and documents for these accounts are in the workspace's language.",
        "Write a tag such as `fr` or `pt-BR`, or the language's name. `translate` in `fields.yaml` maps other words.",
    ),
    "unknown-link": Help(
        "`cta` names links of `tenure.yaml`, so that an address has one place.",
        "Correct the name, or add the link under `links:`.",
    ),
    "unknown-message": Help(
        "The action names a message that is not under `messages`.",
        "Correct the name, or add the message.",
    ),
    "unknown-message-name": Help(
        "The name has no value when the message is written.",
        "Use a field, a variable, a name under `define`, or one of the names in the reference.",
    ),
    "unknown-need": Help(
        "A step or action needs a contact that the playbook does not have, or needs itself by way of others.",
        "Name a step or action of the same playbook that reaches the customer.",
    ),
    "unknown-operator": Help(
        "Below a field, a key says which comparison is meant.",
        "Use `below`, `at_most`, `above`, `at_least`, `is`, `is_not`, `in`, `not_in`, `between` or `missing`.",
    ),
    "unknown-playbook": Help(
        "A condition asks about a playbook that the workspace does not have.",
        "Correct the name. If the playbook was removed, remove the condition too.",
    ),
    "unknown-priority": Help(
        "The order of the contact policy decides which contact goes first. This class is not in it.",
        "Correct the name, or add it under `contact_policy: priorities:`.",
    ),
    "unknown-region": Help(
        "Some public holidays hold in a part of the country only. Accounts whose region is unknown have the holidays "
        "that are common to all of their country.",
        "Write the code of ISO 3166-2, such as `GB-ENG`, or the region's name. If the column means something else, "
        "such as a sales region, map it to a field of another name in `fields.yaml`.",
    ),
    "unknown-role": Help(
        "An action needs an owner, and roles are defined in `tenure.yaml`.",
        "Correct the name, or add the role under `roles:`.",
    ),
    "unknown-state": Help(
        "A transition or `moved` names a state that the playbook does not have.",
        "Correct the name, or add the state.",
    ),
    "unknown-step": Help(
        "A condition asks about a step that the other playbook does not have.",
        "Use one of the steps that the message lists.",
    ),
    "unknown-time-zone": Help(
        "The time zone decides when a day begins.",
        "Write an IANA name, such as `Europe/Paris`.",
    ),
    "unknown-value": Help(
        "The field catalogue lists the field's values. A comparison with any other is never true.",
        "Correct the value, or add it to `values:` in `fields.yaml`.",
    ),
    "unknown-word": Help(
        "The place takes one of a few words.",
        "Use one of those that the message lists.",
    ),
    "unnamed-column": Help(
        "A field is mapped by the name of its column, and a column without a name cannot be mapped.",
        "Give the column a name in the export, if a playbook needs it.",
    ),
    "unreachable-case": Help(
        "The first case that counts wins. A case without a condition always counts, so later ones never do.",
        "Move the case up, or delete it.",
    ),
    "unreachable-state": Help(
        "No transition leads to the state, so no account can enter it.",
        "Add a transition to it, or delete the state.",
    ),
    "unread-file": Help(
        "Playbooks are the files in `playbooks/` and its subfolders that end in .yaml or .yml. This one has another "
        "ending, or is a link to a folder, so nothing in it has an effect.",
        "Rename it, or move it elsewhere. Hidden files and Markdown files may stay.",
    ),
    "unreadable-file": Help(
        "The operating system did not allow the file to be read.",
        "Check that it exists, that it is a file, and that you may read it.",
    ),
    "unreadable-snapshot": Help(
        "The content is not of the format that the ending or `format:` says.",
        "Open the file to see what it holds. An error page saved as CSV is a frequent cause.",
    ),
    "untranslated-message": Help(
        "Customers read their own language. A message that lacks it goes out in the workspace's or in English.",
        "Add the language under the message. If these customers are meant to read another language, "
        "say so in `fields.yaml`: `language: {translate: {de: en}}`.",
    ),
    "unused-definition": Help(
        "A name that nothing uses says nothing about what the playbook does. It may be a leftover, or a condition "
        "somewhere has a wrong name.",
        "Take it out, or use it. `tenure validate --fix` takes unused names under `define` and `choices` out. "
        "Comments stay.",
    ),
    "unused-link": Help(
        "No message has this link. It may be a leftover, or an action lacks it under `cta`.",
        "Take it out of `tenure.yaml`, or name it under `cta` of an action.",
    ),
    "unused-message": Help(
        "Nobody ever gets this message. Its action may have been removed, or names another one.",
        "Name it under `message:` of the action that sends it, or take it out. `--fix` deletes no message: it is "
        "somebody's work.",
    ),
    "unused-role": Help(
        "No action has this role as owner, sender or receiver, and no condition asks for it.",
        "Take it out of `tenure.yaml`, or name it as `owner`, `from` or `to`.",
    ),
    "was-taken": Help(
        "A playbook goes on with what was done under its former ids. If another playbook has such an id, or names it "
        "under `was` too, nobody knows which of them goes on.",
        "Name each former id in one playbook, and only after its file is gone.",
    ),
    "weekend-date": Help(
        "The weekday of this date is known: from the days of the schedule, or from a case that asks for a "
        "weekday. It always is a day off for some accounts, so the action always moves or nobody works on it.",
        "Write an offset that leads to a working day.",
    ),
    "wrong-arguments": Help(
        "The function takes other values, or another number of them.",
        "Follow the usage in the message. The reference has a page for each function.",
    ),
    "wrong-date": Help(
        "Dates in conditions have one spelling and lie between 1900 and 2200.",
        "Write `2026-01-31`, without quotes.",
    ),
    "wrong-duration": Help(
        "The number of days is not whole or not fixed in this place.",
        "Use days or weeks, with a whole number. Business days are for `at:` and `due:`.",
    ),
    "wrong-encoding": Help(
        "The file has bytes that have no meaning in the stated encoding, so its text would be read wrong.",
        "State the encoding in which the export is written. In a spreadsheet, export as “CSV UTF-8”.",
    ),
    "wrong-list": Help(
        "`in` needs a list of written values in brackets.",
        "Write `segment in ('growth', 'enterprise')`.",
    ),
    "wrong-missing": Help(
        "Other languages say `null` or `None`. Here missing values have a separate test.",
        "Write `is missing` or `is not missing`.",
    ),
    "wrong-number": Help(
        "Conditions have one spelling of numbers.",
        "Write `5000`, `0.7` or `-3`: digits and a point.",
    ),
    "wrong-operator": Help(
        "The sign belongs to another language.",
        "Write the operator that the message names.",
    ),
    "wrong-quote": Help(
        "Word processors replace straight quotes with curly ones, which do not delimit texts.",
        "Write straight quotes: `'growth'`.",
    ),
    "wrong-type": Help(
        "The place takes a value of another kind, such as a list or a map.",
        "Follow the example in the message.",
    ),
    "yaml-feature": Help(
        "Anchors, aliases, merge keys and tags hide what a file says, and can exhaust memory.",
        "Write the value out. Share conditions under `define`, and agendas under `agendas`.",
    ),
    "yaml-key": Help(
        "Keys are names. A list, a map or an empty key cannot be one.",
        "Write a text as the key. Check the indentation of the line.",
    ),
    "yaml-syntax": Help(
        "The text is not YAML, so its structure is unknown.",
        "Check indentation, quotes and brackets at and above the place shown.",
    ),
}
