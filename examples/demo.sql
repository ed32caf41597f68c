-- Gold members of the loyalty programme, by country: what they bought, owe, still wait for, and looked at.
-- Loyalty knows who they are, E-Commerce and Sales what they bought, Finance what they owe, Customer Service what is
-- open, Digital Marketing what they looked at. Nobody knows all of it.
WITH gold AS (
    SELECT email, max(country) AS country FROM customer WHERE loyalty_tier = 'gold' AND email IS NOT NULL GROUP BY email
), bought AS (
    SELECT email, sum(amount) AS revenue FROM orders WHERE status IN ('paid', 'shipped') GROUP BY email
), owes AS (
    SELECT email, sum(amount) AS unpaid FROM payment WHERE paid_at IS NULL GROUP BY email
), waits AS (
    SELECT email, count(*) AS tickets FROM service_case WHERE status = 'open' GROUP BY email
), looks AS (
    SELECT email, count(*) AS visits FROM interaction WHERE type = 'visit' AND channel = 'web' GROUP BY email
)
SELECT country, count(*) AS members, sum(revenue) AS revenue, sum(unpaid) AS unpaid, sum(tickets) AS tickets,
       sum(visits) AS visits
FROM gold LEFT JOIN bought USING (email) LEFT JOIN owes USING (email)
          LEFT JOIN waits USING (email) LEFT JOIN looks USING (email)
GROUP BY country
ORDER BY revenue DESC
