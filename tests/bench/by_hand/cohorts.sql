-- Of the accounts that signed up in a month, how many are told of so many days later, and how many of them are active:
-- by the snapshot nearest to that day, the later of two, within a day up to 14, 3 up to 90 and 7 beyond, if it is not
-- before the signup, of months old enough for all of theirs.
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
    SELECT n, signup_date, any_value(size) AS size,
        min_by(day, abs(day - signup_date - n) * 2 + CAST(day < signup_date + n AS INT)) AS day
    FROM sizes, periods, days
    WHERE last_day(signup_date) + n <= (SELECT max(day) FROM days) AND day >= signup_date
        AND abs(day - signup_date - n) <= CASE WHEN n <= 14 THEN 1 WHEN n <= 90 THEN 3 ELSE 7 END
    GROUP BY n, signup_date
)
SELECT n, sum(size) AS accounts, sum(coalesce(active, 0)) AS active
FROM places LEFT JOIN seen USING (signup_date, day) GROUP BY n ORDER BY n
