CREATE TABLE accounts (account_no INTEGER PRIMARY KEY, mail TEXT, name TEXT, city TEXT, points INTEGER, phone TEXT,
                       level INTEGER, changed TEXT);
CREATE INDEX accounts_mail ON accounts (mail);
INSERT INTO accounts VALUES
  (1, 'ann@crm', 'Ann Ames', 'Berlin', 10, '111', 1, '2024-01-01'),
  (2, 'bob@crm', 'Bob', 'Rome', 5, '222', 2, '2024-06-01'),
  (3, 'bob@shop', 'Robert', 'Oslo', 7, '222', 3, '2023-01-01'),
  (4, '', NULL, 'Bern', NULL, NULL, 3, NULL),
  (5, 'eve@crm', 'Eve', 'Paris', 1, '555', 9, '2024-02-02');
CREATE TABLE orders (no INTEGER PRIMARY KEY, account INTEGER, amount INTEGER);
INSERT INTO orders VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30), (4, NULL, 40), (5, 5, 50), (6, 99, 60);
