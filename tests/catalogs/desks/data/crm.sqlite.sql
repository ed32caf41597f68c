CREATE TABLE accounts (no INTEGER PRIMARY KEY, name TEXT, country TEXT);
INSERT INTO accounts VALUES (1, 'Ann', 'DE'), (2, 'Bob', 'FR'), (3, 'Cem', 'DE'), (10, 'Dan', NULL);
