"""Words with a meaning of their own in DuckDB's SQL, which a catalog has to know without asking the engine."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


RESERVED = _set("""
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
    deferrable desc describe distinct do else end except false fetch for foreign from group having in initially
    intersect into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing
    primary qualify references returning select show some summarize symmetric table then to trailing true union unique
    unpivot using variadic when where window with
""")
"""Words that name a table or column only in double quotes."""

AGGREGATES = _set("""
    any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last
    arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and
    bool_or corr count count_if count_star countif covar_pop covar_samp cume_dist dense_rank entropy favg fill first
    first_value fsum group_concat histogram histogram_exact kahan_sum kurtosis kurtosis_pop lag last last_value lead
    list listagg mad max max_by mean median min min_by mode nth_value ntile percent_rank product quantile
    quantile_cont quantile_disc rank rank_dense regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
    regr_sxx regr_sxy regr_syy reservoir_quantile row_number sem skewness stddev stddev_pop stddev_samp string_agg sum
    sum_no_overflow sumkahan var_pop var_samp variance
""")
"""Functions that read several rows."""

MANY_ROWS = frozenset({"unnest", "explode", "generate_subscripts"})
"""Functions that make several rows of one."""

UNSTEADY = _set("""
    current_connection_id current_query current_query_id current_transaction_id currval error gen_random_uuid nextval
    random rand setseed sleep_ms stats uuid uuidv4 uuidv7 write_log getenv getvariable
""")
"""Functions whose value is not made of the row alone: a mapping with one would give another answer each time."""

CLEANING = _set("country_iso2 digits norm_email norm_name norm_phone norm_postcode parse_date")
"""Functions of our own, which the engine has wherever a mapping or a statement is computed."""
