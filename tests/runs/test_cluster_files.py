"""The files in `assets/cluster`, held to what reads them and to one another."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker

from tests.machines import CLUSTER, ROOT, haproxy_path
from tests.needs import needed

SCHEMA = ROOT / ".venv" / "npm" / "node_modules" / "dclint" / "schemas" / "compose.schema.json"
COMPOSE = CLUSTER / "compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")


def compose() -> dict[str, Any]:
    """What is in compose.yaml, with its defaults and a password."""
    text = VARIABLE.sub(lambda found: "secret" if "choose" in (found[2] or "") else found[2] or "", COMPOSE.read_text())
    return yaml.safe_load(text)


def test_the_compose_file_fits_the_specification() -> None:
    if not SCHEMA.exists():
        if os.environ.get("CI"):
            raise FileNotFoundError(f"{SCHEMA} is missing; `make npm` brings it")
        pytest.skip("the schema of compose files is not installed; `make npm` brings it")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    assert [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(compose())] == []


def test_what_the_compose_file_names_is_there() -> None:
    found = compose()
    services = found["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            here = source.startswith(".") and (CLUSTER / source).resolve()
            assert here in (CLUSTER / "haproxy.cfg", ROOT / "certificates") or source in found["volumes"]
        if "build" in service:
            context = (CLUSTER / service["build"]["context"]).resolve()
            assert context == ROOT
            assert (context / service["build"]["dockerfile"]).exists()
    waited_for = {name for service in services.values() for name in service.get("depends_on", ())}
    assert {name for name, service in services.items() if "healthcheck" in service} >= waited_for
    proxied = services["proxy"]["environment"]
    assert {proxied["ADDER_APP_1"], proxied["ADDER_APP_2"]} == {"app1:8501", "app2:8501"}
    assert services["app1"] == services["app2"], "the apps differ in nothing but their names"


@pytest.mark.parametrize("service", ["scheduler", "worker"])
def test_dask_knows_the_options_that_containers_start_it_with(service: str) -> None:
    python, flag, dask, verb, *options = shlex.split(compose()["services"][service]["command"])
    assert (python, flag, dask, verb) == ("python", "-m", "dask", service)
    command = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[service]
    with command.make_context(verb, options) as context:
        assert context.params["dashboard"] is False


def test_the_image_holds_what_the_app_needs_and_no_certificates() -> None:
    copied = (CLUSTER / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in copied if line.startswith("!")}
    assert "*" in copied
    assert kept == {".streamlit", "app.py", "adder", "assets", "requirements.txt"}
    assert all((ROOT / name).exists() for name in kept)


def test_haproxy_takes_its_configuration() -> None:
    program = needed(haproxy_path)
    proxied = compose()["services"]["proxy"]["environment"] | {
        "ADDER_APP_1": "127.0.0.1:8501",
        "ADDER_APP_2": "127.0.0.1:8502",
    }
    checked = [program, "-c", "-f", str(CLUSTER / "haproxy.cfg")]
    done = subprocess.run(checked, env={**os.environ, **proxied}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower()


def flat(nested: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def test_a_cluster_is_set_as_the_embedded_engine_is() -> None:
    module = ast.parse((ROOT / "adder" / "runs" / "engine_main.py").read_text("utf-8"))
    (settings,) = [
        call.args[0]
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "dask.config.set"
    ]
    shared = dict(flat(yaml.safe_load((CLUSTER / "dask.yaml").read_text("utf-8"))))
    encrypted = {name for name in shared if name.startswith("distributed.comm.")}
    embedded = ast.literal_eval(settings)
    own = {name for name in embedded if name.startswith("distributed.deploy.")}  # These start its workers.
    assert {name: shared[name] for name in shared.keys() - encrypted} == {
        name: embedded[name] for name in embedded.keys() - own
    }
    assert shared["distributed.comm.require-encryption"] is True
