-- The 40 questions, over the virtual schema. A line `-- name: class` begins one; `, any` behind the class says that LIMIT
-- leaves open which rows are meant: then as many rows of the answer without LIMIT are right.

-- email_six_sources: look-up
SELECT _source, customer_id, full_name, country FROM customer WHERE email = 'max.bianchi339@web.example'
-- email_unknown: look-up
SELECT _source, customer_id, full_name, country FROM customer WHERE email = 'nobody@nowhere.example'
-- emails_three: look-up
SELECT _source, email, balance FROM customer
WHERE email IN ('max.bianchi339@web.example', 'anna.kowalski261@mail.example', 'paul.rossi811@inbox.example')
-- account_by_id: look-up
SELECT customer_id, email, full_name, country, birth_date, status, balance, created_at FROM customer WHERE customer_id = 'crm.accounts:100339'
-- invoice_by_id: look-up
SELECT invoice_id, customer_id, due_date, amount, status FROM invoice WHERE invoice_id = 4711
-- invoices_of_customer: look-up
SELECT invoice_id, due_date, amount, status FROM invoice WHERE customer_id = 'billing.clients:500003'
-- tickets_of_account: look-up
SELECT ticket_id, opened_at, category, priority FROM ticket WHERE account_id = 'crm.accounts:101789'

-- country_by_source: mapped filter
SELECT _source, count(*) AS n FROM customer WHERE country = 'PL' GROUP BY _source
-- balance_range: mapped filter
SELECT _source, customer_id, balance FROM customer WHERE balance BETWEEN 900 AND 905
-- overdue_and_large: mapped filter
SELECT invoice_id, customer_id, amount, due_date FROM invoice WHERE status = 'overdue' AND amount > 1900
-- gold_tier: mapped filter
SELECT _source, count(*) AS n, sum(balance) AS balance FROM customer WHERE tier = 'gold' GROUP BY _source
-- tickets_of_a_week: mapped filter
SELECT category, count(*) AS n FROM ticket
WHERE opened_at >= TIMESTAMP '2024-03-04' AND opened_at < TIMESTAMP '2024-03-11' AND category = 'delivery' GROUP BY category
-- born_and_active: mapped filter
SELECT country, count(*) AS n FROM customer
WHERE birth_date >= DATE '1990-01-01' AND birth_date < DATE '1991-01-01' AND status = 'active' GROUP BY country

-- twenty_germans: list, any
SELECT customer_id, email, country FROM customer WHERE country = 'DE' LIMIT 20
-- fifty_overdue: list, any
SELECT invoice_id, customer_id, amount FROM invoice WHERE status = 'overdue' LIMIT 50

-- customers_by_country: group
SELECT country, count(*) AS n FROM customer GROUP BY country
-- balance_by_country: group
SELECT country, count(balance) AS n, sum(balance) AS total, min(balance) AS least, max(balance) AS most
FROM customer WHERE _source IN ('crm', 'billing') GROUP BY country
-- invoices_by_status: group
SELECT status, method, count(*) AS n, sum(amount) AS total FROM invoice GROUP BY status, method
-- invoices_by_month: group
SELECT date_trunc('month', due_date) AS month, count(*) AS n, sum(amount) AS total FROM invoice
WHERE due_date >= DATE '2024-01-01' AND due_date < DATE '2025-01-01' GROUP BY ALL
-- revenue_by_kind_and_year: group
SELECT kind, year(day) AS y, count(*) AS n, sum(amount) AS total FROM revenue GROUP BY ALL
-- tickets_by_category: group
SELECT category, priority, count(*) AS n, avg(minutes) AS minutes FROM ticket GROUP BY ALL
-- best_payers: group
SELECT customer_id, sum(amount) AS total FROM invoice WHERE status = 'paid' GROUP BY customer_id
HAVING sum(amount) > 5000 ORDER BY total DESC, customer_id LIMIT 10
-- balance_by_tier: group
SELECT tier, count(*) AS n, max(balance) AS most FROM customer WHERE _source = 'billing' GROUP BY tier

-- people: distinct
SELECT count(DISTINCT email) AS people FROM customer
-- people_by_country: distinct
SELECT country, count(DISTINCT email) AS people FROM customer WHERE _source IN ('crm', 'billing', 'support') GROUP BY country

-- highest_balances: top-n
SELECT _source, customer_id, balance FROM customer WHERE balance IS NOT NULL ORDER BY balance DESC, customer_id LIMIT 10
-- newest_invoices: top-n
SELECT invoice_id, due_date, amount FROM invoice ORDER BY due_date DESC, invoice_id LIMIT 10
-- unpaid_first: top-n
SELECT invoice_id, paid_on, due_date FROM invoice ORDER BY paid_on NULLS FIRST, invoice_id LIMIT 5
-- largest_revenue: top-n
SELECT kind, revenue_id, day, amount FROM revenue ORDER BY amount DESC, kind, revenue_id LIMIT 10

-- few_keys_into_crm: cross-source join
SELECT t.ticket_id, t.minutes, c.full_name, c.country, c.balance
FROM ticket AS t JOIN customer AS c ON c.customer_id = t.account_id
WHERE t.ticket_id IN (989, 6905, 7383) AND c._source = 'crm'
-- no_keys_into_crm: cross-source join
SELECT t.ticket_id, c.full_name FROM ticket AS t JOIN customer AS c ON c.customer_id = t.account_id
WHERE t.priority = 99 AND c._source = 'crm'
-- campaign_into_crm: cross-source join
SELECT c.status, count(*) AS n, sum(c.balance) AS balance FROM touch AS t JOIN customer AS c ON c.email = t.email
WHERE t.campaign = 'trial' AND c._source = 'crm' GROUP BY c.status
-- day_of_orders_to_invoices: cross-source join
SELECT i.status, count(*) AS n, sum(i.amount) AS total
FROM orders AS o JOIN customer AS c ON c.email = o.email JOIN invoice AS i ON i.customer_id = c.customer_id
WHERE o.ordered_at >= TIMESTAMP '2024-05-02' AND o.ordered_at < TIMESTAMP '2024-05-03' AND c._source = 'billing' GROUP BY i.status
-- invoices_of_a_country: join in one source
SELECT c.tier, count(*) AS n, sum(i.amount) AS total FROM invoice AS i JOIN customer AS c ON c.customer_id = i.customer_id
WHERE c.country = 'CH' AND i.status = 'overdue' AND c._source = 'billing' GROUP BY c.tier
-- deals_by_country: join in one source
SELECT c.country, d.stage, count(*) AS n, sum(d.amount) AS total FROM deal AS d JOIN customer AS c ON c.customer_id = d.customer_id
WHERE c._source = 'crm' GROUP BY c.country, d.stage

-- gold_members_in_crm: semi-join
SELECT country, count(*) AS n FROM customer
WHERE _source = 'crm' AND email IN (SELECT email FROM customer WHERE _source = 'loyalty' AND tier = 'gold' AND points > 19000) GROUP BY country
-- clients_without_invoice: anti-join
SELECT country, count(*) AS n FROM customer AS c WHERE _source = 'billing'
AND NOT EXISTS (SELECT 1 FROM invoice AS i WHERE i.customer_id = c.customer_id) GROUP BY country

-- last_invoice_each: window
SELECT customer_id, invoice_id, due_date FROM (
  SELECT customer_id, invoice_id, due_date, row_number() OVER (PARTITION BY customer_id ORDER BY due_date DESC, invoice_id) AS r
  FROM invoice WHERE status = 'overdue' AND amount > 1500
) WHERE r = 1
-- rank_of_countries: window
SELECT _source, country, n, rank() OVER (PARTITION BY _source ORDER BY n DESC) AS r
FROM (SELECT _source, country, count(*) AS n FROM customer WHERE country IS NOT NULL GROUP BY _source, country)

-- everything_about_one: everything about one
SELECT 'account' AS what, customer_id AS id, created_at AS at, balance AS amount FROM customer WHERE email = 'max.bianchi339@web.example'
UNION ALL
SELECT 'order', order_id::VARCHAR, ordered_at, amount FROM orders WHERE email = 'max.bianchi339@web.example'
UNION ALL
SELECT 'touch', touch_id::VARCHAR, touched_on::TIMESTAMP, NULL FROM touch WHERE email = 'max.bianchi339@web.example'
UNION ALL
SELECT 'invoice', i.invoice_id::VARCHAR, i.due_date::TIMESTAMP, i.amount FROM invoice AS i JOIN customer AS c ON c.customer_id = i.customer_id
WHERE c.email = 'max.bianchi339@web.example' AND c._source = 'billing'
UNION ALL
SELECT 'ticket', t.ticket_id::VARCHAR, t.opened_at, NULL FROM ticket AS t JOIN customer AS c ON c.customer_id = t.customer_id
WHERE c.email = 'max.bianchi339@web.example' AND c._source = 'support'
UNION ALL
SELECT 'deal', d.deal_id::VARCHAR, d.closed_on::TIMESTAMP, d.amount FROM deal AS d JOIN customer AS c ON c.customer_id = d.customer_id
WHERE c.email = 'max.bianchi339@web.example' AND c._source = 'crm'
