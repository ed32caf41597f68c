-- Conditions over (nm, n, d) that hold or not for the row that is seen, ('12', 12, 2024-01-01), and fail for the one that is
-- hidden, ('z', 10**15, 9999-12-31): so an error would tell that there is one. One a line.
CAST(replace(nm, '12', '2024-01-01') AS DATE) IS NOT NULL
CAST(replace(nm, '12', '6f9619ff-8b86-d011-b42d-00c04fc964ff') AS UUID) IS NOT NULL
CAST(replace(nm, '12', '101') AS BIT) IS NOT NULL
CAST(replace(nm, '12', '[1]') AS INTEGER[]) IS NOT NULL
CAST(replace(nm, '12', '{a: 1}') AS STRUCT(a INTEGER)) IS NOT NULL
CAST(replace(nm, '12', '2024-01-01') AS TIMESTAMP) IS NOT NULL
CAST(replace(nm, '12', 'true') AS BOOLEAN) IS NOT NULL
CAST(replace(nm, '12', '7') AS INTEGER) IS NOT NULL
CAST(replace(nm, '12', '8') AS BIGINT) IS NOT NULL
CAST(replace(nm, '12', '1e3') AS DOUBLE) IS NOT NULL
CAST(replace(nm, '12', '1.5') AS DECIMAL(3, 1)) IS NOT NULL
CAST(replace(nm, '12', '1 day') AS INTERVAL) IS NOT NULL
CAST(replace(nm, '12', '9') AS HUGEINT) IS NOT NULL
CAST(replace(nm, '12', '10:00') AS TIME) IS NOT NULL
CAST(replace(nm, '12', '3') AS UTINYINT) IS NOT NULL
CAST(replace(nm, '12', '{a=1}') AS MAP(VARCHAR, INTEGER)) IS NOT NULL
CAST(replace(nm, '12', '4') AS SMALLINT) IS NOT NULL
CAST(replace(nm, '12', '5') AS TINYINT) IS NOT NULL
CAST(replace(nm, '12', '6') AS USMALLINT) IS NOT NULL
CAST(replace(nm, '12', '1') AS UINTEGER) IS NOT NULL
CAST(replace(nm, '12', '2') AS UBIGINT) IS NOT NULL
CAST(replace(nm, '12', '3') AS UHUGEINT) IS NOT NULL
CAST(replace(nm, '12', '1.5') AS FLOAT) IS NOT NULL
CAST(replace(nm, '12', '2024-01-01') AS TIMESTAMP_S) IS NOT NULL
CAST(replace(nm, '12', '2024-01-01') AS TIMESTAMP_MS) IS NOT NULL
CAST(replace(nm, '12', '2024-01-01') AS TIMESTAMP_NS) IS NOT NULL
CAST(replace(nm, '12', '[2024-01-01]') AS DATE[]) IS NOT NULL
CAST(replace(nm, '12', '[1, 2]') AS INTEGER[2]) IS NOT NULL
CAST(replace(nm, '12', '77') AS BIGNUM) IS NOT NULL
CAST(replace(nm, '12', '[]') AS JSON) IS NOT NULL
CAST(replace(nm, '12', '[a]') AS VARCHAR[]) IS NOT NULL
CAST(replace(nm, '12', '[1.5]') AS DOUBLE[]) IS NOT NULL
CAST(replace(nm, '12', '[true]') AS BOOLEAN[]) IS NOT NULL
CAST(replace(nm, '12', '2.5') AS DECIMAL(18, 4)) IS NOT NULL
CAST(replace(nm, '12', '{a: 2024-01-01, b: 1}') AS STRUCT(a DATE, b INTEGER)) IS NOT NULL
CAST(replace(nm, '12', 'x') AS ENUM('x')) IS NOT NULL
CAST(n AS UTINYINT) > 0
hamming(nm, '12') = 0
strptime(nm, '%d') IS NULL
chr(CAST(n AS INTEGER)) = 'a'
CAST(d AS TIMESTAMP_NS) IS NULL
d + INTERVAL (n) YEAR IS NULL
CASE WHEN nm <> '12' THEN CAST(nm AS INTEGER) ELSE 1 END = 1
coalesce(TRY_CAST(nm AS INTEGER), CAST(nm AS INTEGER)) > 0
list_sum([CAST(nm AS INTEGER), 1]) > 0
mismatches('12', nm) = 0
regexp_full_match('12', replace(nm, 'z', '['))
hamming(upper(nm), '12') = 0
CAST(nm AS INTEGER) IN (SELECT 12)
CAST(nm AS INTEGER) = ANY (SELECT 12)
n * n * n > 0 OR CAST(nm AS INTEGER) = 1
n * n > 100
CAST(n AS DECIMAL(4, 1)) > 0
factorial(CAST(n AS INTEGER)) > 0
ln(13 - n) IS NOT NULL
log10(13 - n) IS NOT NULL
sqrt(13 - n) > 0
sqrt(12 - n) = 0
log2(20 - n) > 0
acos(n - 12) > 0
asin(n - 12) = 0
regexp_matches(nm, replace(nm, 'z', '('))
regexp_replace('12', replace(nm, 'z', '['), '') = ''
json_extract(nm, '$.a') IS NULL
json_array_length(nm) = 0
list_extract([1], CAST(nm AS INTEGER)) IS NULL
unhex(nm) IS NOT NULL
from_base64(replace(nm, '12', 'YQ==')) IS NOT NULL
make_date(CAST(nm AS INTEGER), 1, 1) IS NOT NULL
make_date(n, 1, 1) IS NOT NULL
make_timestamp(n, 1, 1, 1, 1, 1) IS NOT NULL
to_days(n::INTEGER) IS NOT NULL
d + CAST(n AS INTEGER) IS NOT NULL
date_trunc(replace(nm, '12', 'month'), d) IS NOT NULL
date_part(replace(nm, '12', 'month'), d) = 1
date_diff(replace(nm, '12', 'day'), d, d) = 0
printf(replace(nm, 'z', '%s'), n) = '12'
n << 59 > 0
bin(n) = '1' OR CAST(nm AS INTEGER) > 1
strptime(nm, '%H') IS NULL
strptime(nm, ['%H', '%d']) IS NULL
'2024-01-' || nm < d::VARCHAR AND ('2024-01-' || nm)::DATE < d
nm::INTEGER BETWEEN 1 AND 20
nm::INTEGER + n > 0
NOT (nm::INTEGER < 0)
nm::INTEGER IS DISTINCT FROM 3
nm::INTEGER IN (12, 13)
EXISTS (SELECT 1 WHERE nm::INTEGER > 0)
nullif(nm::INTEGER, 3) > 0
greatest(nm::INTEGER, 3) > 3
array_cosine_distance([1.0, nm::DOUBLE]::DOUBLE[2], [1.0, 2.0]::DOUBLE[2]) >= 0
list_contains([nm::INTEGER], 12)
list_filter([nm], lambda x: x::INTEGER > 0) <> []
map([nm::INTEGER], [1]) IS NOT NULL
struct_pack(a := nm::INTEGER).a = 12
range(nm::INTEGER)[1] = 0
repeat('a', nm::INTEGER) <> ''
substring('abc', nm::INTEGER) = ''
lpad('a', nm::INTEGER, 'b') <> ''
jaccard(replace(nm, 'z', ''), '12') > 0
json_object(nullif(nm, 'z'), 1) IS NULL
like_escape(nm, '1%', replace(replace(nm, '12', '$'), 'z', 'zz'))
