-- The people of the company and what each department knows of them, made in one DuckDB. `dice(n, k)` stands for chance:
-- the same number for the same row whenever it is asked. `people` is a variable: how many there are.

CREATE MACRO dice(n, k) AS (hash(n * 1000003 + k * 7919) % 1000003)::BIGINT;
CREATE MACRO pick(list, number) AS list[1 + (number % len(list))::BIGINT];

CREATE TABLE person AS
SELECT p,
       pick(['Anna', 'Jan', 'Maria', 'Piotr', 'Lena', 'Tom', 'Eva', 'Paul', 'Ines', 'Marc', 'Julia', 'Max'], dice(p, 1)) AS given,
       pick(['Kowalski', 'Schmidt', 'Rossi', 'Martin', 'Jansen', 'Smith', 'Novak', 'Weber', 'Dubois', 'Bianchi'], dice(p, 2)) AS family,
       -- Nine countries, unevenly: Germany has three tenths, Switzerland a fortieth.
       pick(['DE','DE','DE','DE','DE','DE','DE','DE','DE','DE','DE','DE','FR','FR','FR','FR','FR','FR','GB','GB','GB','GB','GB',
             'US','US','US','US','US','IT','IT','IT','IT','NL','NL','NL','PL','PL','PL','AT','CH'], dice(p, 3)) AS country,
       DATE '1940-01-01' + (dice(p, 4) % 23000)::INTEGER AS born,
       lower(given || '.' || family || p || '@' || pick(['mail', 'post', 'web', 'inbox'], dice(p, 5)) || '.example') AS mail,
       TIMESTAMP '2018-01-01' + to_seconds((dice(p, 6) * 211) % 220000000) AS joined
FROM range(getvariable('people')) AS r(p);

CREATE TABLE accounts AS
SELECT 100000 + p AS account_no, given AS first_name, family AS last_name, mail AS email_addr,
       pick(MAP {'DE': ['Germany', 'Deutschland'], 'FR': ['France'], 'GB': ['United Kingdom', 'Great Britain'], 'US': ['United States', 'USA'],
                 'IT': ['Italy', 'Italia'], 'NL': ['Netherlands'], 'PL': ['Poland', 'Polska'], 'AT': ['Austria', 'Österreich'], 'CH': ['Switzerland']}[country],
            dice(p, 11)) AS country_name,
       CASE WHEN dice(p, 12) % 20 > 0 THEN born END AS birth,
       pick(['A', 'A', 'A', 'A', 'A', 'P', 'P', 'C', 'C', 'X'], dice(p, 13)) AS status_cd,
       (dice(p, 14) * 997) % 500000 - 50000 AS credit_cents,
       pick(['retail', 'retail', 'retail', 'business', 'Business', 'vip'], dice(p, 15)) AS segment,
       joined AS created_at
FROM person WHERE dice(p, 10) % 10 < 8;

CREATE TABLE deals AS
SELECT 1 + i AS deal_no, account_no, pick(['new', 'offer', 'won', 'won', 'lost'], dice(i, 20)) AS stage,
       1000 + (dice(i, 21) * 31) % 9000000 AS value_cents,
       CASE WHEN dice(i, 22) % 4 > 0 THEN DATE '2021-01-01' + (dice(i, 23) % 1800)::INTEGER END AS closed_on
FROM (SELECT account_no, row_number() OVER (ORDER BY account_no) AS i FROM accounts WHERE dice(account_no, 24) % 2 = 0);

-- One client in 25 has an alpha-3 code in small letters, which is not in the list: NULL here, Poland to a collation.
CREATE TABLE clients AS
SELECT 500000 + p AS client_no, family || ', ' || given AS name, mail,
       pick([code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code, code,
             lower(code)], dice(p, 31)) AS country,
       pick(['basic', 'basic', 'basic', 'basic', 'silver', 'silver', 'gold', 'Gold', 'gold '], dice(p, 32)) AS tier,
       (dice(p, 33) * 613) % 400000 - 20000 AS balance_cents, born, joined + INTERVAL 40 DAY AS updated
FROM (SELECT *, MAP {'DE': 'DEU', 'FR': 'FRA', 'GB': 'GBR', 'US': 'USA', 'IT': 'ITA', 'NL': 'NLD', 'PL': 'POL', 'AT': 'AUT', 'CH': 'CHE'}[country] AS code FROM person)
WHERE dice(p, 30) % 10 < 7;

CREATE TABLE invoices AS
SELECT 1 + i AS invoice_no, client_no, DATE '2020-01-01' + (dice(i, 41) % 2100)::INTEGER AS due_on,
       (500 + (dice(i, 42) * 17) % 200000) / 100 AS total, pick([1, 1, 1, 1, 1, 1, 2, 2, 3, 4], dice(i, 43)) AS state,
       CASE WHEN dice(i, 43) % 10 < 6 THEN DATE '2020-01-01' + (dice(i, 41) % 2100 + dice(i, 44) % 40)::INTEGER END AS paid_on,
       pick(['CC', 'WT', 'DD'], dice(i, 45)) AS method
FROM (SELECT client_no, n, row_number() OVER (ORDER BY client_no, n) AS i FROM clients, range(3) AS r(n) WHERE dice(client_no, 46) % 20 > 0);

CREATE TABLE contacts AS
SELECT 1 + p AS contact_no, mail AS email, given || ' ' || family AS full_name, lower(country) AS land,
       CASE country WHEN 'DE' THEN 'German' WHEN 'AT' THEN 'German' WHEN 'FR' THEN 'French' ELSE 'English' END AS language
FROM person WHERE dice(p, 50) % 10 < 4;

CREATE TABLE tickets AS
SELECT 1 + i AS ticket_no, contact_no, CASE WHEN a.account_no IS NOT NULL AND dice(i, 61) % 2 = 0 THEN a.account_no END AS account_no,
       TIMESTAMP '2022-01-01' + to_seconds((dice(i, 62) * 113) % 110000000) AS opened,
       CASE WHEN dice(i, 63) % 8 > 0 THEN TIMESTAMP '2022-01-01' + to_seconds((dice(i, 62) * 113) % 110000000 + dice(i, 64) * 3) END AS closed,
       pick(['DLV', 'DLV', 'INV', 'PRD', 'LOG', '???'], dice(i, 65)) AS topic, 1 + dice(i, 66) % 4 AS priority, 1 + dice(i, 67) % 3000 AS minutes
FROM (SELECT contact_no, n, row_number() OVER (ORDER BY contact_no, n) AS i FROM contacts, range(2) AS r(n) WHERE dice(contact_no, 68) % 5 > n) AS t
LEFT JOIN (SELECT account_no, 1 + account_no - 100000 AS person FROM accounts) AS a ON a.person = t.contact_no;

CREATE TABLE shoppers AS
SELECT 7000000 + p AS shopper_no, mail, given AS given_name, family AS family_name, lower(country) AS country, joined AS registered
FROM person WHERE dice(p, 70) % 10 < 6;

CREATE TABLE orders AS
SELECT 1 + i AS order_no, shopper_no, mail, TIMESTAMP '2021-01-01' + to_seconds((dice(i, 72) * 157) % 157000000) AS placed_at,
       100 + (dice(i, 73) * 7) % 60000 AS total_cents, pick([10, 20, 20, 20, 30, 90], dice(i, 74))::SMALLINT AS state,
       pick(['web', 'app', 'store'], dice(i, 75)) AS channel
FROM (SELECT shopper_no, mail, n, row_number() OVER (ORDER BY shopper_no, n) AS i FROM shoppers, range(5) AS r(n) WHERE dice(shopper_no, 76) % 5 >= n AND dice(shopper_no, 77) % 6 > 0);

CREATE TABLE members AS
SELECT 'M' || (9000000 + p) AS member_no, pick([mail, upper(mail), ' ' || mail], dice(p, 81)) AS mail, country,
       pick(['BRONZE', 'BRONZE', 'BRONZE', 'SILVER', 'GOLD'], dice(p, 82)) AS tier, dice(p, 83) % 20000 AS points, joined::DATE AS joined
FROM person WHERE dice(p, 80) % 10 < 3;

CREATE TABLE touches AS
SELECT 1 + p AS contact, pick([mail, ' ' || mail], dice(p, 91)) AS mail, country, CASE WHEN dice(p, 93) % 50 = 0 THEN 'trial' ELSE pick(['spring', 'summer', 'autumn', 'winter'], dice(p, 92)) END AS campaign,
       strftime(DATE '2023-01-01' + (dice(p, 94) % 900)::INTEGER, '%d.%m.%Y') AS touched, dice(p, 95) % 3 AS opened
FROM person WHERE dice(p, 90) % 10 < 5;
