-- NRR and GRR of $first to $last with a grace of $grace days, written for what the bench's files hold: no row is bad,
-- an account has a status, an amount and a renewal date, and a lapsed one the date that its term ended.
WITH raw AS (
    SELECT *, CAST(regexp_extract(filename, '([0-9-]{10})\.parquet$', 1) AS DATE) AS day
    FROM read_parquet($files, filename = true)
),
calendar AS (
    SELECT day, CAST(row_number() OVER (ORDER BY day) AS SMALLINT) AS n,
        lead(day) OVER (ORDER BY day) AS next_day
    FROM (SELECT DISTINCT day FROM raw)
),
present AS (
    SELECT account_id, n, day, next_day, mrr, signup_date, contract_start, renewal_date
    FROM raw JOIN calendar USING (day) WHERE status <> 'lapsed'
),
lapsed AS (SELECT account_id, n, renewal_date AS ended FROM raw JOIN calendar USING (day) WHERE status = 'lapsed'),
lives AS (
    SELECT account_id, min(n) AS first_n, max(n) AS last_n, count(*) AS times, min(signup_date) AS signup_date,
        max(mrr) FILTER (day = $first) AS start_mrr, max(mrr) FILTER (day = $last) AS end_mrr,
        arg_max(mrr, n) FILTER (day <= $first) AS start_known, arg_max(mrr, n) AS end_known
    FROM present GROUP BY account_id
),
broken AS (
    SELECT account_id FROM lives
    WHERE times < last_n - first_n + 1 OR last_n < (SELECT max(n) FROM calendar)
),
steps AS (
    SELECT account_id, n, day, next_day, renewal_date, lead(n) OVER account AS back_n, lead(day) OVER account AS back_day,
        lead(contract_start) OVER account AS began
    FROM present SEMI JOIN broken USING (account_id)
    WINDOW account AS (PARTITION BY account_id ORDER BY n)
),
gaps AS (
    SELECT s.account_id, s.day, s.next_day AS away, s.back_day, s.began,
        least(greatest(coalesce(l.ended, s.renewal_date), s.day), s.next_day) AS covered
    FROM steps AS s LEFT JOIN lapsed AS l ON l.account_id = s.account_id AND l.n = s.n + 1
    WHERE s.next_day IS NOT NULL AND coalesce(s.back_n, 0) <> s.n + 1
),
departures AS (
    SELECT account_id, away, coalesce(back_day, DATE '9999-12-31') AS back_day FROM gaps
    WHERE CASE
        WHEN back_day IS NULL THEN (SELECT max(day) FROM calendar) - covered
        WHEN began BETWEEN covered AND back_day THEN began - covered
        ELSE back_day - covered
    END > $grace
),
left_out AS (
    SELECT account_id, bool_or(away <= $first AND back_day > $first) AS not_at_start,
        bool_or(away <= $last AND back_day > $last) AS not_at_end,
        bool_or(away > $first AND away <= $last) AS churned
    FROM departures GROUP BY account_id
),
ends AS (
    SELECT
        CASE WHEN NOT coalesce(not_at_start, false) THEN coalesce(start_mrr, start_known) END AS start_mrr,
        CASE WHEN NOT coalesce(not_at_end, false) THEN coalesce(end_mrr, end_known) END AS end_mrr,
        coalesce(churned, false) AS churned,
        start_known IS NOT NULL OR signup_date < $first AS was_customer
    FROM lives LEFT JOIN left_out USING (account_id)
),
parts AS (
    SELECT coalesce(start_mrr, 0) AS s, coalesce(end_mrr, 0) AS e, s > 0 AND NOT churned AS kept,
        CASE WHEN start_mrr IS NULL THEN was_customer ELSE churned END AS was_there
    FROM ends
)
SELECT sum(s) AS start,
    sum(e - s) FILTER (kept AND e > s) AS expansion,
    sum(s - e) FILTER (kept AND e < s) AS contraction,
    sum(s) FILTER (NOT kept) AS churn,
    sum(e) FILTER (NOT kept AND NOT was_there) AS new,
    sum(e) FILTER (NOT kept AND was_there) AS reactivation,
    sum(e) AS "end",
    sum(least(s, e)) FILTER (kept) AS capped
FROM parts
