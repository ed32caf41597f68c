CREATE TABLE accounts (account_no TEXT PRIMARY KEY, mail TEXT COLLATE NOCASE, first TEXT, last TEXT, country_name TEXT,
                       cents INTEGER, tier INTEGER, state TEXT NOT NULL, vip BOOLEAN);
CREATE INDEX by_country ON accounts (country_name);
CREATE INDEX by_cents ON accounts (cents);
INSERT INTO accounts VALUES
  ('A1', 'Ann@X.org', 'Ann', 'Ames', 'Germany', 1050, 3, 'A', 1),
  ('A2', ' bob@y.org ', 'Bob', 'Byrd', 'Deutschland', NULL, NULL, 'A', 0),
  ('A3', NULL, 'Cy', NULL, 'USA', -5, 0, 'A', NULL),
  ('A4', 'DAN@z.org', 'Dan', 'Dorn', 'germany', 999999, 7, 'A', 1),
  ('A5', 'gone@x.org', 'Eve', 'Emms', 'France', 1, 1, 'X', 0),
  ('A6', 'fay@x.org', 'Fay', 'Fox', NULL, 'n/a', 'high', 'A', 'yes'),
  ('A7', 'ann@x.org', 'Ann', 'Ames', 'France', 1000, 2, 'B', 0),
  ('A8', x'80', 'Gus', 'Gull', 'U.S.', 0, -1, 'A', 0);
CREATE TABLE orders (no INTEGER PRIMARY KEY, account_no TEXT, state TEXT, amount DECIMAL(12,2), ordered TEXT);
INSERT INTO orders VALUES
  (1, 'A1', 'P', 12, '2024-01-01 10:00:00'),
  (2, 'A1', 'O', 7.25, '2024-01-15 23:59:59'),
  (3, 'A2', 'X', 1500, '2024-02-29'),
  (4, 'A9', NULL, NULL, 'someday'),
  (5, NULL, 'Z', 99.99, NULL);
CREATE TABLE readings (no INTEGER PRIMARY KEY, worth REAL, checked INTEGER, taken TEXT, due TEXT);
INSERT INTO readings VALUES (1, 0.1, 1, '31/12/2023', '2024-01-01'), (2, 0.2, 2, '1/2/24', '2024-02-01'),
  (3, 0.1, NULL, '02/01/2024', '2024-01-01'), (4, NULL, 3, NULL, '2024-13-01');
