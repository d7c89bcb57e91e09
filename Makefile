# Everything begins in packaging/setup/start.sh: it needs a shell and a Python 3.11 to 3.13, and fetches the rest.
START = sh packaging/setup/start.sh
VENV_PYTHON = .venv/bin/python

.PHONY: run test check policies bench faults codesets setup lock tour map audit package package-test

run: ; @$(START) run
tour: ; @$(START) tour
test: ; @$(START) test
check: ; @$(START) check
setup: ; @$(START) setup
codesets: ; @$(START) codesets

bench: setup codesets
	@$(START) bench

faults: setup codesets
	@$(START) faults

# The rest is for whoever changes the program.
lock: setup
	@$(VENV_PYTHON) packaging/setup/lock.py --write

map: setup
	@$(VENV_PYTHON) packaging/setup/map.py --write

policies: setup
	@$(VENV_PYTHON) packaging/policies/generate.py --write

# Asks the advisory service; needs the network.
audit: setup
	@$(VENV_PYTHON) -m pip_audit --require-hashes --disable-pip --requirement requirements.lock

# Installers, on Debian 12: docs/packaging.md. What they make lies in build/package/out. SIGN='--certificate ...' signs.
package: setup codesets
	@$(VENV_PYTHON) packaging/make/package.py $(SIGN)

# Half an hour: the packages built, signed, broken, installed in a clean Debian and under Wine.
package-test: setup codesets
	@$(VENV_PYTHON) packaging/make/tree.py
	@$(VENV_PYTHON) -m pytest -p no:cacheprovider --basetemp build/package/tests packaging/tests
