-- The virtual schema as views in ClickHouse's words, for chdb. {accounts} and the like are its table functions.
CREATE VIEW customer AS
SELECT 'crm' AS _source, 'crm.accounts:' || toString(account_no) AS customer_id, lower(trim(email_addr)) AS email, first_name || ' ' || last_name AS full_name,
       CASE country_name WHEN 'Germany' THEN 'DE' WHEN 'Deutschland' THEN 'DE' WHEN 'France' THEN 'FR' WHEN 'United Kingdom' THEN 'GB'
            WHEN 'Great Britain' THEN 'GB' WHEN 'United States' THEN 'US' WHEN 'USA' THEN 'US' WHEN 'Italy' THEN 'IT' WHEN 'Italia' THEN 'IT'
            WHEN 'Netherlands' THEN 'NL' WHEN 'Poland' THEN 'PL' WHEN 'Polska' THEN 'PL' WHEN 'Austria' THEN 'AT' WHEN 'Österreich' THEN 'AT'
            WHEN 'Switzerland' THEN 'CH' ELSE NULL END AS country,
       CAST(birth AS Nullable(Date32)) AS birth_date,
       CASE status_cd WHEN 'A' THEN 'active' WHEN 'P' THEN 'prospect' WHEN 'C' THEN 'churned' ELSE NULL END AS status,
       CAST(segment AS Nullable(String)) AS segment, CAST(NULL AS Nullable(String)) AS tier, CAST(credit_cents AS Nullable(Decimal(18, 2))) / 100 AS balance,
       CAST(NULL AS Nullable(Int64)) AS points, CAST(created_at AS Nullable(DateTime64(6))) AS created_at
FROM {accounts} WHERE status_cd <> 'X'
UNION ALL
SELECT 'billing', 'billing.clients:' || toString(client_no), lower(trim(mail)), splitByString(', ', assumeNotNull(name))[2] || ' ' || splitByString(', ', assumeNotNull(name))[1],
       CASE country WHEN 'DEU' THEN 'DE' WHEN 'FRA' THEN 'FR' WHEN 'GBR' THEN 'GB' WHEN 'USA' THEN 'US' WHEN 'ITA' THEN 'IT' WHEN 'NLD' THEN 'NL'
            WHEN 'POL' THEN 'PL' WHEN 'AUT' THEN 'AT' WHEN 'CHE' THEN 'CH' ELSE NULL END,
       CAST(born AS Nullable(Date32)), NULL, NULL, tier, CAST(balance_cents AS Nullable(Decimal(18, 2))) / 100, NULL, CAST(updated AS Nullable(DateTime64(6)))
FROM {clients}
UNION ALL
SELECT 'support', 'support.contacts:' || toString(contact_no), lower(trim(email)), full_name,
       CASE land WHEN 'de' THEN 'DE' WHEN 'fr' THEN 'FR' WHEN 'gb' THEN 'GB' WHEN 'us' THEN 'US' WHEN 'it' THEN 'IT' WHEN 'nl' THEN 'NL'
            WHEN 'pl' THEN 'PL' WHEN 'at' THEN 'AT' WHEN 'ch' THEN 'CH' ELSE NULL END,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM {contacts}
UNION ALL
SELECT 'shop', 'shop.shoppers:' || toString(shopper_no), lower(trim(mail)), given_name || ' ' || family_name,
       CASE country WHEN 'de' THEN 'DE' WHEN 'fr' THEN 'FR' WHEN 'gb' THEN 'GB' WHEN 'us' THEN 'US' WHEN 'it' THEN 'IT' WHEN 'nl' THEN 'NL'
            WHEN 'pl' THEN 'PL' WHEN 'at' THEN 'AT' WHEN 'ch' THEN 'CH' ELSE NULL END,
       NULL, NULL, NULL, NULL, NULL, NULL, registered
FROM {shoppers}
UNION ALL
SELECT 'loyalty', 'loyalty.members:' || member_no, lower(trim(mail)), NULL, country, NULL, NULL, NULL, lower(tier), NULL, points,
       CAST(joined AS Nullable(DateTime64(6)))
FROM {members}
UNION ALL
SELECT 'campaigns', 'campaigns.reached:' || toString(contact), lower(trim(mail)), NULL, country, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM {touches};

CREATE VIEW deal AS
SELECT deal_no AS deal_id, 'crm.accounts:' || toString(account_no) AS customer_id, stage, CAST(value_cents AS Nullable(Decimal(18, 2))) / 100 AS amount, closed_on FROM {deals};

CREATE VIEW invoice AS
SELECT invoice_no AS invoice_id, 'billing.clients:' || toString(client_no) AS customer_id, due_on AS due_date, paid_on,
       CAST(total AS Nullable(Decimal(18, 2))) AS amount,
       CASE state WHEN 1 THEN 'paid' WHEN 2 THEN 'open' WHEN 3 THEN 'overdue' WHEN 4 THEN 'cancelled' ELSE NULL END AS status,
       CASE method WHEN 'CC' THEN 'card' WHEN 'WT' THEN 'transfer' WHEN 'DD' THEN 'debit' ELSE NULL END AS method
FROM {invoices};

CREATE VIEW ticket AS
SELECT ticket_no AS ticket_id, 'support.contacts:' || toString(contact_no) AS customer_id, 'crm.accounts:' || toString(account_no) AS account_id,
       toDateTime64OrNull(opened, 6) AS opened_at, toDateTime64OrNull(closed, 6) AS closed_at,
       CASE WHEN topic IS NULL THEN NULL WHEN topic = 'DLV' THEN 'delivery' WHEN topic = 'INV' THEN 'invoice' WHEN topic = 'PRD' THEN 'product'
            WHEN topic = 'LOG' THEN 'login' ELSE 'other' END AS category, priority, minutes
FROM {tickets};

CREATE VIEW orders AS
SELECT order_no AS order_id, 'shop.shoppers:' || toString(shopper_no) AS customer_id, lower(trim(mail)) AS email, placed_at AS ordered_at,
       CAST(total_cents AS Nullable(Decimal(18, 2))) / 100 AS amount,
       CASE state WHEN 10 THEN 'paid' WHEN 20 THEN 'shipped' WHEN 30 THEN 'returned' WHEN 90 THEN 'cancelled' ELSE NULL END AS status, channel
FROM {orders};

CREATE VIEW touch AS
SELECT contact AS touch_id, lower(trim(mail)) AS email, campaign, toDate32(parseDateTimeOrNull(touched, '%d.%m.%Y')) AS touched_on, opened = 1 AS opened
FROM {touches};

CREATE VIEW revenue AS
SELECT 'crm' AS _source, 'deal' AS kind, deal_no AS revenue_id, 'crm.accounts:' || toString(account_no) AS customer_id, CAST(closed_on AS Nullable(Date32)) AS day,
       CAST(value_cents AS Nullable(Decimal(18, 2))) / 100 AS amount
FROM {deals} WHERE stage = 'won'
UNION ALL
SELECT 'billing', 'invoice', invoice_no, 'billing.clients:' || toString(client_no), CAST(due_on AS Nullable(Date32)), CAST(total AS Nullable(Decimal(18, 2)))
FROM {invoices} WHERE state = 1
UNION ALL
SELECT 'shop', 'order', order_no, 'shop.shoppers:' || toString(shopper_no), CAST(placed_at AS Nullable(Date32)), CAST(total_cents AS Nullable(Decimal(18, 2))) / 100
FROM {orders} WHERE state IN (10, 20);
