#!/bin/sh
# SPDX-License-Identifier: MIT
# Make configure. Needed after a clone and when configure.ac changes.
set -e
cd "$(dirname "$0")"
mkdir -p m4 build-aux
autoreconf --install --warnings=all
