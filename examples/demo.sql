-- Gold members of the loyalty programme, by country: what they bought, owe, still wait for, and looked at.
-- Loyalty knows who they are, E-Commerce and Sales what they bought, Finance what they owe, Customer Service what is
-- open, Digital Marketing what they looked at. Nobody knows all of it, and each knows them by another number.
WITH bought AS (
    SELECT customer_id, sum(amount) AS revenue FROM orders WHERE status IN ('paid', 'shipped') GROUP BY customer_id
), owes AS (
    SELECT customer_id, sum(amount) AS unpaid FROM payment WHERE paid_at IS NULL GROUP BY customer_id
), waits AS (
    SELECT customer_id, count(*) AS tickets FROM service_case WHERE status = 'open' GROUP BY customer_id
), looks AS (
    SELECT customer_id, count(*) AS visits FROM interaction WHERE type = 'visit' AND channel = 'web' GROUP BY customer_id
)
SELECT country, count(*) AS members, sum(revenue) AS revenue, sum(unpaid) AS unpaid, sum(tickets) AS tickets,
       sum(visits) AS visits
FROM customer LEFT JOIN bought USING (customer_id) LEFT JOIN owes USING (customer_id)
              LEFT JOIN waits USING (customer_id) LEFT JOIN looks USING (customer_id)
WHERE loyalty_tier = 'gold'
GROUP BY country
ORDER BY revenue DESC
