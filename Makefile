# make demo        a real Airflow runs real jobs on a real Flink, and on a DLI in front of it, here
# make test        every check, in some 15 minutes: lint, types, tests on both Airflow lines and two Flink majors
# make test-long   what it leaves out: mostly Airflow's face once more, on the older major
# make model       tries the guarantees on a simulated Flink and Airflow at random, for MINUTES=60
# make fuzz        decodes mutated responses and splits generated scripts at random, EXAMPLES=20000 of each kind
# make test-lowest   the lowest versions that pyproject.toml allows, and those that Airflow's own constraints pin
# make test-pythons  the wheel on Python 3.10 to 3.14, with interpreters from Maven Central
# make chaos       kills things under a live Airflow, hundreds of times, and writes the table of what was left (PARTS="dli people")
#
# Each sets up what it needs under .venv/ and in the user's cache; a second run is quick.

PYTHON ?= python3
UV := uv==0.13.8
AIRFLOW_3 := .venv/airflow-3
AIRFLOW_2 := .venv/airflow-2
HUAWEI_SDK := .venv/huawei-sdk
# The oldest Airflow of each line with the lowest versions that we allow; and versions of Airflow's own constraints.
LOWEST := lowest-airflow-2 lowest-airflow-3
PINNED_BY_AIRFLOW := airflow-2.11.2 airflow-3.3.1
FLINKS := 1.16.3 1.20.5 2.3.0
# Most of a test's time is waiting for Flink: three at once keep two cores busy. A file's tests share its clusters. The order
# is that of tests/conftest.py, in which nobody waits for a long one at the end.
PYTEST := -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder
# What imports no Airflow is the same on every line; the pins of both agree on all that it does import.
KNOW_NO_AIRFLOW := rest flink dli jobs local/dli huawei_sdk
# What the libraries are used for, without the whole of the emulator.
USE_LIBRARIES := rest flink dli hooks sensors tasks triggers local/test_command_line.py local/dli/test_emulator.py
# What draws examples: always the same few in `make test`.
FUZZED := flink/test_mutated.py dli/test_mutated.py jobs/test_statements.py

MINUTES ?= 60
EXAMPLES ?= 20000

.PHONY: demo test test-long test-lowest test-pythons lowest-pins model fuzz chaos lint test-airflow-3 test-airflow-2 flinks clean
.DELETE_ON_ERROR:

demo: $(AIRFLOW_3)/ready
	$(AIRFLOW_3)/bin/python -m airflow_provider_dli.local demo --dags example_dags

test: lint test-airflow-3 test-airflow-2

lint: $(AIRFLOW_3)/ready
	$(AIRFLOW_3)/bin/ruff check .
	$(AIRFLOW_3)/bin/ruff format --check .
	$(AIRFLOW_3)/bin/mypy

test-airflow-3: $(AIRFLOW_3)/ready $(HUAWEI_SDK)/ready flinks
	$(AIRFLOW_3)/bin/python $(PYTEST) -m "not long"

test-long: $(AIRFLOW_3)/ready flinks
	$(AIRFLOW_3)/bin/python $(PYTEST) -m long

model: $(AIRFLOW_3)/ready
	$(AIRFLOW_3)/bin/python -m tests.model --minutes $(MINUTES)

fuzz: $(AIRFLOW_3)/ready
	FUZZ_EXAMPLES=$(EXAMPLES) $(AIRFLOW_3)/bin/python $(PYTEST) -q -k "mutated or generated" $(FUZZED:%=tests/%)

chaos: $(AIRFLOW_3)/ready flinks
	$(AIRFLOW_3)/bin/python -m tests.crash $(PARTS) --table docs/crash_tests.md

# Airflow 2.11: Airflow's face without a cluster, and what differs between the lines on a real Flink.
test-airflow-2: $(AIRFLOW_2)/ready flinks
	$(AIRFLOW_2)/bin/python $(PYTEST) -m "(airflow_2 or not live) and not long" $(KNOW_NO_AIRFLOW:%=--ignore tests/%)

# What needs no cluster: the least that is allowed defers and finishes, whatever Airflow it stands beside.
test-lowest: $(LOWEST:%=.venv/%/ready) $(PINNED_BY_AIRFLOW:%=.venv/%/ready)
	for versions in $(LOWEST) $(PINNED_BY_AIRFLOW); do \
	  echo "$$versions"; .venv/$$versions/bin/python -m pytest -q tests/test_bounds.py tests/test_provider_info.py || exit 1; \
	done
	.venv/lowest-airflow-2/bin/python $(PYTEST) -q -m "not live and not long" $(USE_LIBRARIES:%=tests/%)

test-pythons: $(AIRFLOW_3)/ready
	$(AIRFLOW_3)/bin/python -m tests.pythons

lowest-pins: $(AIRFLOW_3)/ready
	constraints/compile

flinks: $(AIRFLOW_3)/ready
	$(AIRFLOW_3)/bin/python -m airflow_provider_dli.local fetch $(FLINKS)

$(AIRFLOW_3)/ready: PACKAGES := --editable '.[local]' --group test --group lint
$(AIRFLOW_2)/ready: PACKAGES := --editable '.[local]' --group test
$(LOWEST:%=.venv/%/ready) $(PINNED_BY_AIRFLOW:%=.venv/%/ready): PACKAGES := --editable '.[local]' --group test
# Huawei's own client for DLI, which tests hold ours against. It wants one pymongo and no other: it stays by itself.
$(HUAWEI_SDK)/ready: PACKAGES := huaweicloudsdkdli

# pip fetches uv, uv installs the rest: the same packages in a tenth of the time.
.venv/%/ready: pyproject.toml constraints/%.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 10), "Python 3.10 or newer is needed: make PYTHON=python3.11"'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(@D)/bin/uv pip install --quiet --python $(@D)/bin/python --constraint constraints/$*.txt $(PACKAGES)
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache
