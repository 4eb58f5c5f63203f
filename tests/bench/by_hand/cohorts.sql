-- Of the accounts that signed up in a month, how many are told of so many days later, and how many of them are active:
-- by the newest snapshot not later than that day, if it is not before the signup, of months old enough for all of theirs.
WITH raw AS (
    SELECT account_id, signup_date, status <> 'lapsed' AS active,
        CAST(regexp_extract(filename, '([0-9-]{10})\.parquet$', 1) AS DATE) AS day
    FROM read_parquet($files, filename = true)
),
sizes AS (SELECT signup_date, count(DISTINCT account_id) AS size FROM raw GROUP BY ALL),
seen AS (SELECT signup_date, day, count(*) FILTER (active) AS active FROM raw GROUP BY ALL),
days AS (SELECT DISTINCT day FROM seen),
periods AS (SELECT unnest([1, 7, 14, 30, 60, 90, 180, 365]) AS n),
places AS (
    SELECT n, signup_date, size, (SELECT max(day) FROM days WHERE day <= signup_date + n) AS day FROM sizes, periods
    WHERE last_day(signup_date) + n <= (SELECT max(day) FROM days)
)
SELECT n, sum(size) AS accounts, sum(coalesce(active, 0)) AS active
FROM places LEFT JOIN seen USING (signup_date, day) WHERE day >= signup_date GROUP BY n ORDER BY n
