# Every target sets up what it needs on a fresh machine with Python 3.11. `make help` lists them.
PYTHON ?= python3
VENV := .venv
IN := $(VENV)/bin
STAMP := $(VENV)/.conclave-stamp
# Stories wait for ticks of a minute: three workers more than there are cores keep those busy.
JOBS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 3)")
READY := types packages shape compiled

# Whatever starts many processes of Python wants its modules compiled once.
export PYTHONDONTWRITEBYTECODE :=

# What a target cannot do without: said at once, before anything is asked of AWS.
needs = @$(foreach one,$(1),$(if $($(one)),,$(error make $@ needs $(one)=..., see make help)))
# Who asks a target without a dry run for one does not want it done.
acts = @$(if $(DRY_RUN),$(error make $@ has no dry run, nothing was done))

.PHONY: help run node check types shape compiled format test packages prove bench docs screenshots clean
.PHONY: deploy undeploy upgrade doctor restore connection escrow-key rekey writing-region verify-audit archive-audit licence standby promote fail-back

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run:  ## a whole cluster on loopback; NODES=2 PORT=8100 STATE=.local DEMO=1
	@exec $(PYTHON) infra/local.py

node: $(STAMP)  ## one more node for the local run that runs: NAME=node-c
	@exec $(IN)/python -m infra.localrun.extra_node

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Conclave needs Python 3.11 or newer")'
	@$(PYTHON) -m infra.localrun.environment
	@touch $@

check: $(STAMP)  ## format, lint, types, layers, generated docs, templates
	@$(MAKE) -s --no-print-directory -j2 types shape

types: $(STAMP)
	@$(IN)/mypy

shape: $(STAMP)
	@$(IN)/ruff format --check .
	@$(IN)/ruff check .
	@$(IN)/lint-imports --no-cache
	@$(IN)/python -m infra.docs --check
	@$(IN)/cfn-lint infra/cluster.yaml infra/node.yaml

compiled: $(STAMP)  # the workers of a parallel run would each compile every test
	@$(IN)/python -m pytest -p no:xdist --collect-only >/dev/null || true

format: $(STAMP)  ## make `check` agree with what a formatter can do
	@$(IN)/ruff format .
	@$(IN)/ruff check --fix .

packages: $(STAMP)  ## the Debian packages that tests use, where they may be installed
	@$(IN)/python -m infra.packages

test: $(STAMP)  ## check, then the whole suite (eight minutes on 2 cores, ten from nothing)
	@$(MAKE) -s --no-print-directory -j2 $(READY)
	@$(IN)/python -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder --durations=12

prove: $(STAMP)  ## the same suite at full counts and sizes
	@$(MAKE) -s --no-print-directory -j2 $(READY)
	@PROVE=1 $(IN)/python -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder --durations=12

bench: $(STAMP)  ## what operations cost, in AWS calls
	@$(IN)/python -m benchmarks

screenshots: packages  ## the pictures of docs/screenshots, made anew
	@$(IN)/python -m tests.console.pages.screenshots

docs: $(STAMP)  ## write the generated docs anew
	@$(IN)/python -m infra.docs

deploy: $(STAMP)  ## to AWS: STAGE=node-a CLUSTER=main (MIRROR=, MIRROR_OF=, LICENCE_SIGNER=<public key>)
	$(call needs,STAGE)
	@$(IN)/python -m infra.deploy $(if $(STAGE),--stage $(STAGE)) $(if $(CLUSTER),--cluster $(CLUSTER)) $(if $(LICENCE_SIGNER),--licence-signer $(LICENCE_SIGNER)) $(if $(MIRROR),--mirror $(MIRROR)) $(if $(MIRROR_OF),--mirror-of $(MIRROR_OF)) $(if $(DRY_RUN),--dry-run)

undeploy: $(STAMP)  ## take a node away again: STAGE=node-a (DRY_RUN=1 only says what)
	$(call needs,STAGE)
	@$(IN)/python -m infra.deploy --undeploy $(if $(STAGE),--stage $(STAGE)) $(if $(CLUSTER),--cluster $(CLUSTER)) $(if $(DRY_RUN),--dry-run)

upgrade: $(STAMP)  ## a cluster to this version: STAGE=node-a CLUSTER=main STEP=<up to> DRY_RUN=1 (LOCAL=.local)
	$(call needs,STAGE)
	@$(IN)/python -m infra.upgrade --stage "$(STAGE)" $(if $(CLUSTER),--cluster $(CLUSTER)) $(if $(STEP),--step $(STEP)) $(if $(LOCAL),--local $(LOCAL)) $(if $(DRY_RUN),--dry-run)

doctor: $(STAMP)  ## say what is missing or disagrees: CLUSTER=main
	@$(IN)/python -m infra.doctor $(if $(CLUSTER),--cluster $(CLUSTER))

restore: $(STAMP)  ## put a backup back: FROM=<backup> CLUSTER=main TABLES=<word for new tables> ESCROW=<file>
	$(call needs,CLUSTER FROM)
	$(acts)
	@$(IN)/python -m infra.restore --from "$(FROM)" --cluster "$(CLUSTER)" $(if $(TABLES),--tables $(TABLES)) $(if $(BUCKET),--bucket $(BUCKET)) $(if $(ESCROW),--escrow "$(ESCROW)") $(if $(OLD_KEY),--old-key) $(if $(LOST_FILES),--lost-files)

standby: $(STAMP)  ## have a cluster follow another one's backups: CLUSTER=dr SOURCE=<the other's bucket>
	$(call needs,CLUSTER SOURCE)
	$(acts)
	@$(IN)/python -m infra.standby --cluster "$(CLUSTER)" --source "$(SOURCE)"

promote: $(STAMP)  ## let a replica take over: CLUSTER=dr (DRY_RUN=1 only says how things are)
	$(call needs,CLUSTER)
	@$(IN)/python -m infra.promote --cluster "$(CLUSTER)" $(if $(DRY_RUN),--dry-run) $(if $(FORCE),--force)

fail-back: $(STAMP)  ## the old production follows the promoted: CLUSTER=main SOURCE=<its bucket> YES=1
	$(call needs,CLUSTER SOURCE)
	@$(IN)/python -m infra.standby --fail-back --cluster "$(CLUSTER)" --source "$(SOURCE)" $(if $(DRY_RUN),,$(if $(YES),--yes))

connection: $(STAMP)  ## point a cluster at other tables: CLUSTER=main DATA=<table> AUDIT=<table>
	$(call needs,CLUSTER)
	$(acts)
	@$(IN)/python -m infra.connection --cluster "$(CLUSTER)" $(if $(DATA),--data $(DATA)) $(if $(AUDIT),--audit $(AUDIT))

writing-region: $(STAMP)  ## move it: CLUSTER=main TO=eu-west-1 (DRY_RUN=1 only looks, FORCE=1)
	$(call needs,CLUSTER TO)
	@$(IN)/python -m infra.region --cluster "$(CLUSTER)" --to "$(TO)" $(if $(DRY_RUN),--dry-run) $(if $(FORCE),--force)

verify-audit: $(STAMP)  ## name the first line of the audit trail that is not as it was written: CLUSTER=main
	$(call needs,CLUSTER)
	@$(IN)/python -m infra.verify_audit --cluster "$(CLUSTER)" $(if $(RESTORED),--restored "$(RESTORED)") $(if $(BUCKET),--bucket $(BUCKET)) $(if $(ALL),--all)

licence: $(STAMP)  ## make a signer, sign a licence, show one: ARGS="--help"
	@$(IN)/python -m infra.licence $(ARGS)

escrow-key: $(STAMP)  ## make the operator's escrow key, offline: FILE=<path> (SHOW=1 prints its public key)
	$(call needs,FILE)
	@$(IN)/python -m infra.escrow "$(FILE)" $(if $(SHOW),--show)

rekey: $(STAMP)  ## replace the cluster's KMS key: CLUSTER=main KEY=<arn> (DRY_RUN=1 only says what)
	$(call needs,CLUSTER KEY)
	@$(IN)/python -m infra.rekey --cluster "$(CLUSTER)" --key "$(KEY)" $(if $(DRY_RUN),--dry-run)

archive-audit: $(STAMP)  ## move old days of the trail to the locked bucket: BEFORE=2026-01-01 CLUSTER=main (DRY_RUN=1)
	$(call needs,CLUSTER BEFORE)
	@$(IN)/python -m infra.archive_audit --cluster "$(CLUSTER)" --before "$(BEFORE)" $(if $(DRY_RUN),--dry-run)

clean:  ## remove the environment and caches; never the state of a local run
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
