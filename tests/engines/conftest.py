"""The engines that the same sweep must give the same answer on: one fixture for all, started when needed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
import warnings
from pathlib import Path

import pytest

PEOPLE = 3000
ENGINES = ("duckdb", "postgres-c", "postgres-icu", "spark")


# warnings that the pinned libraries cause in one another, not ours to mend
LIBRARIES = (
    "ignore:.*fetch_arrow_table.*:DeprecationWarning",
    "ignore::DeprecationWarning:ibis",
    "ignore::FutureWarning:ibis",
    "ignore::UserWarning:pyspark",
    "ignore::FutureWarning:pyspark",
    "ignore::DeprecationWarning:pyspark",
    "ignore::ResourceWarning",
)


def pytest_collection_modifyitems(items):
    """Let tests of this folder pass over warnings of the libraries."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in LIBRARIES:
                item.add_marker(pytest.mark.filterwarnings(each))


def unavailable(what: str) -> None:
    """Skip with one clear line; where everything must be there (CI), fail instead."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what}, and CI must have it")
    pytest.skip(what)


@pytest.fixture(scope="session")
def records(tmp_path_factory):
    """Records of made-up people as Parquet, with a few that are not in order."""
    from hoofbeat.sweep import generate

    folder = tmp_path_factory.mktemp("records") / "cdm"
    generate(folder, PEOPLE, seed=3)
    return folder


@pytest.fixture(scope="session", params=ENGINES)
def engine_place(request, records, tmp_path_factory):
    """A place to sweep for each engine."""
    from hoofbeat.sweep import Place

    if request.param == "duckdb":
        return Place(omop=records, threads=2)
    if request.param == "spark":
        return Place(omop=records, spark=request.getfixturevalue("spark"))
    variable = request.getfixturevalue("postgres")[request.param]
    load(os.environ[variable], records)
    return Place(database=variable, schema="cdm")


@pytest.fixture(scope="session")
def copy_into():
    """Copy a folder of Parquet into a schema of PostgreSQL."""
    return load


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A local Spark with two threads."""
    if importlib.util.find_spec("pyspark") is None:
        unavailable("Spark is not installed (pip install 'hoofbeat[spark]')")
    from pyspark import sql as pyspark_sql

    if shutil.which("java") is None:
        unavailable("Spark needs Java (apt-get install default-jre-headless)")
    home = tmp_path_factory.mktemp("spark")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = (
            pyspark_sql.SparkSession.builder.master("local[2]")
            .appName("hoofbeat")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.warehouse.dir", str(home / "warehouse"))
            .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={home}")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A PostgreSQL server of our own with two databases, sorted bytewise and by ICU."""
    programs = _programs()
    if programs is None:
        unavailable("PostgreSQL is not installed (apt-get install postgresql)")
    if importlib.util.find_spec("psycopg") is None:
        unavailable("the driver of PostgreSQL is not installed (pip install 'hoofbeat[postgres]')")
    home = Path(tmp_path_factory.mktemp("postgres"))
    account = _account(home)
    data, port = home / "data", _free_port()
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "hoofbeat", "-A", "trust", "-E", "UTF8", "--locale=C"],
        check=True,
        capture_output=True,
        **account,
    )
    server = subprocess.Popen(
        [
            programs / "postgres",
            "-D",
            data,
            "-p",
            str(port),
            "-k",
            home,
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account,
    )
    addresses = {
        "postgres-c": ("HOOFBEAT_TEST_C", "by_c", "LOCALE_PROVIDER libc LOCALE 'C'"),
        "postgres-icu": ("HOOFBEAT_TEST_ICU", "by_icu", "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"),
    }
    try:
        with _connect(f"postgresql://hoofbeat@127.0.0.1:{port}/postgres") as con:
            con.autocommit = True
            for variable, name, locale in addresses.values():
                con.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale}")
                os.environ[variable] = f"postgresql://hoofbeat@127.0.0.1:{port}/{name}"
        yield {engine: variable for engine, (variable, _, _) in addresses.items()}
    finally:
        server.terminate()
        server.wait(timeout=30)
        for variable, _, _ in addresses.values():
            os.environ.pop(variable, None)


def _programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb")
    return found[-1].parent if found else Path(path).parent if path else None


def _account(home: Path) -> dict[str, object]:
    """The server refuses to run as root, so it runs as the user that its package made."""
    if os.geteuid() != 0:
        return {}
    for folder in (home, *home.parents):
        if folder.name.startswith(("pytest-", "postgres")):
            folder.chmod(0o755)
    shutil.chown(home, "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": home}


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _connect(address: str):
    import psycopg

    for _ in range(100):
        try:
            return psycopg.connect(address)
        except psycopg.OperationalError:
            time.sleep(0.1)
    return psycopg.connect(address)


def load(address: str, folder: Path, schema: str = "cdm") -> None:
    """Copy a folder of Parquet into a schema."""
    import duckdb

    kinds = {"BIGINT": "bigint", "INTEGER": "integer", "VARCHAR": "text", "DATE": "date", "DOUBLE": "float8"}
    with _connect(address) as con, duckdb.connect() as reader:
        con.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        con.execute(f"CREATE SCHEMA {schema}")
        for path in sorted(folder.glob("*.parquet")):
            table = reader.read_parquet(str(path))
            columns = ", ".join(
                f"{c} {kinds[str(t)]}" for c, t in zip(table.columns, table.dtypes, strict=True)
            )
            con.execute(f"CREATE TABLE {schema}.{path.stem} ({columns})")
            text = folder.parent / f"{path.stem}.csv"
            table.write_csv(str(text), header=False)
            with con.cursor().copy(f"COPY {schema}.{path.stem} FROM STDIN (FORMAT csv)") as copy:
                copy.write(text.read_bytes())
            text.unlink()
