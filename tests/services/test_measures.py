"""What is measured by many processes is told as one; tests/services_image/test_flood.py asks real workers."""

import subprocess
import sys

from services.measures import Count, Seconds, Size, metrics_text
from tests.conftest import ROOT


def test_the_command_line_does_not_load_the_metrics_library_before_it_says_where_to_measure():
    looked = "import sys, services.cli; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looked], cwd=ROOT, check=False).returncode == 0


def test_what_was_noted_is_told():
    count = Count("tests_total", "Tests of measures.", ["kind"])
    count.note("good")
    count.note("good")
    count.note("bad")
    Size("tests_bytes", "Bytes of tests.").note(42)
    Seconds("tests_seconds", "Seconds of tests.", ["kind"], (1, 2)).observe(1.5, "good")
    told = metrics_text().decode().splitlines()
    for line in (
        'tests_total{kind="good"} 2.0',
        'tests_total{kind="bad"} 1.0',
        "tests_bytes 42.0",
        'tests_seconds_bucket{kind="good",le="1.0"} 0.0',
        'tests_seconds_bucket{kind="good",le="2.0"} 1.0',
    ):
        assert line in told


def test_processes_measure_together_and_a_folder_that_is_gone_fails_nothing(tmp_path):
    program = """
import os, shutil, sys
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]
from services.measures import Count, Size, metrics_text
count = Count("tests_total", "Tests of measures.")
count.note()
if os.fork():
    os.wait()
    told = metrics_text().decode().splitlines()
    assert "tests_total 2.0" in told, told
    shutil.rmtree(sys.argv[1])
    Size("tests_bytes", "Bytes of tests.").note(42)
else:
    count.note()
"""
    (tmp_path / "measured").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "measured")], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
