CREATE TABLE debtors (debtor VARCHAR, mail VARCHAR, name VARCHAR, iso VARCHAR, balance DECIMAL(10,3), grade VARCHAR);
INSERT INTO debtors VALUES
  ('D-A1', 'ann@x.org', 'Ames, Ann', 'DE', 10.505, 'gold'),
  ('A2', 'BOB@y.org', 'Byrd, Bob', 'de', NULL, 'none'),
  ('D-D-7', NULL, NULL, 'FR', 1234567.891, NULL),
  ('D-B4', 'lee@x.org', 'Lee', NULL, -3.000, 'bronze');
