# shellcheck shell=bash
# SPDX-License-Identifier: MIT
. scripts/test/docs/testdata/cluster.sh
make_cluster
