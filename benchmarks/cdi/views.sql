-- The virtual schema as an engineer writes it in DuckDB views. {accounts} and the like are the tables' names.
CREATE VIEW customer AS
SELECT 'crm' AS _source, 'crm.accounts:' || account_no AS customer_id, lower(trim(email_addr)) AS email, first_name || ' ' || last_name AS full_name,
       CASE country_name WHEN 'Germany' THEN 'DE' WHEN 'Deutschland' THEN 'DE' WHEN 'France' THEN 'FR' WHEN 'United Kingdom' THEN 'GB'
            WHEN 'Great Britain' THEN 'GB' WHEN 'United States' THEN 'US' WHEN 'USA' THEN 'US' WHEN 'Italy' THEN 'IT' WHEN 'Italia' THEN 'IT'
            WHEN 'Netherlands' THEN 'NL' WHEN 'Poland' THEN 'PL' WHEN 'Polska' THEN 'PL' WHEN 'Austria' THEN 'AT' WHEN 'Österreich' THEN 'AT'
            WHEN 'Switzerland' THEN 'CH' END AS country,
       birth AS birth_date, CASE status_cd WHEN 'A' THEN 'active' WHEN 'P' THEN 'prospect' WHEN 'C' THEN 'churned' END AS status,
       segment, NULL::VARCHAR AS tier, (credit_cents * 0.01)::DECIMAL(18,2) AS balance, NULL::BIGINT AS points, created_at
FROM {accounts} WHERE status_cd <> 'X'
UNION ALL
SELECT 'billing', 'billing.clients:' || client_no, lower(trim(mail)), split_part(name, ', ', 2) || ' ' || split_part(name, ', ', 1),
       CASE country WHEN 'DEU' THEN 'DE' WHEN 'FRA' THEN 'FR' WHEN 'GBR' THEN 'GB' WHEN 'USA' THEN 'US' WHEN 'ITA' THEN 'IT' WHEN 'NLD' THEN 'NL'
            WHEN 'POL' THEN 'PL' WHEN 'AUT' THEN 'AT' WHEN 'CHE' THEN 'CH' END,
       born, NULL, NULL, tier, (balance_cents * 0.01)::DECIMAL(18,2), NULL, updated::TIMESTAMP
FROM {clients}
UNION ALL
SELECT 'support', 'support.contacts:' || contact_no, lower(trim(email)), full_name,
       CASE land WHEN 'de' THEN 'DE' WHEN 'fr' THEN 'FR' WHEN 'gb' THEN 'GB' WHEN 'us' THEN 'US' WHEN 'it' THEN 'IT' WHEN 'nl' THEN 'NL'
            WHEN 'pl' THEN 'PL' WHEN 'at' THEN 'AT' WHEN 'ch' THEN 'CH' END,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM {contacts}
UNION ALL
SELECT 'shop', 'shop.shoppers:' || shopper_no, lower(trim(mail)), given_name || ' ' || family_name,
       CASE country WHEN 'de' THEN 'DE' WHEN 'fr' THEN 'FR' WHEN 'gb' THEN 'GB' WHEN 'us' THEN 'US' WHEN 'it' THEN 'IT' WHEN 'nl' THEN 'NL'
            WHEN 'pl' THEN 'PL' WHEN 'at' THEN 'AT' WHEN 'ch' THEN 'CH' END,
       NULL, NULL, NULL, NULL, NULL, NULL, registered
FROM {shoppers}
UNION ALL
SELECT 'loyalty', 'loyalty.members:' || member_no, lower(trim(mail)), NULL, country, NULL, NULL, NULL, lower(tier), NULL, points, joined::TIMESTAMP
FROM {members}
UNION ALL
SELECT 'campaigns', 'campaigns.reached:' || contact, lower(trim(mail)), NULL, country, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM {touches};

CREATE VIEW deal AS
SELECT deal_no AS deal_id, 'crm.accounts:' || account_no AS customer_id, stage, (value_cents * 0.01)::DECIMAL(18,2) AS amount, closed_on FROM {deals};

CREATE VIEW invoice AS
SELECT invoice_no AS invoice_id, 'billing.clients:' || client_no AS customer_id, due_on AS due_date, paid_on, total::DECIMAL(18,2) AS amount,
       CASE state WHEN 1 THEN 'paid' WHEN 2 THEN 'open' WHEN 3 THEN 'overdue' WHEN 4 THEN 'cancelled' END AS status,
       CASE method WHEN 'CC' THEN 'card' WHEN 'WT' THEN 'transfer' WHEN 'DD' THEN 'debit' END AS method
FROM {invoices};

CREATE VIEW ticket AS
SELECT ticket_no AS ticket_id, 'support.contacts:' || contact_no AS customer_id, 'crm.accounts:' || account_no AS account_id,
       opened AS opened_at, closed AS closed_at,
       CASE WHEN topic IS NOT NULL THEN
            CASE topic WHEN 'DLV' THEN 'delivery' WHEN 'INV' THEN 'invoice' WHEN 'PRD' THEN 'product' WHEN 'LOG' THEN 'login' ELSE 'other' END
       END AS category, priority, minutes
FROM {tickets};

CREATE VIEW orders AS
SELECT order_no AS order_id, 'shop.shoppers:' || shopper_no AS customer_id, lower(trim(mail)) AS email, placed_at AS ordered_at,
       (total_cents * 0.01)::DECIMAL(18,2) AS amount,
       CASE state WHEN 10 THEN 'paid' WHEN 20 THEN 'shipped' WHEN 30 THEN 'returned' WHEN 90 THEN 'cancelled' END AS status, channel
FROM {orders};

CREATE VIEW touch AS
SELECT contact AS touch_id, lower(trim(mail)) AS email, campaign, strptime(touched, '%d.%m.%Y')::DATE AS touched_on, opened = 1 AS opened
FROM {touches};

CREATE VIEW revenue AS
SELECT 'crm' AS _source, 'deal' AS kind, deal_no AS revenue_id, 'crm.accounts:' || account_no AS customer_id, closed_on AS day,
       (value_cents * 0.01)::DECIMAL(18,2) AS amount
FROM {deals} WHERE stage = 'won'
UNION ALL
SELECT 'billing', 'invoice', invoice_no, 'billing.clients:' || client_no, due_on, total::DECIMAL(18,2) FROM {invoices} WHERE state = 1
UNION ALL
SELECT 'shop', 'order', order_no, 'shop.shoppers:' || shopper_no, placed_at::DATE, (total_cents * 0.01)::DECIMAL(18,2) FROM {orders} WHERE state IN (10, 20);
