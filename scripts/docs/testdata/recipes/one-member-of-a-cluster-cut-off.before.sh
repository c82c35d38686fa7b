# shellcheck shell=bash
# SPDX-License-Identifier: MIT
. scripts/docs/testdata/cluster.sh
make_cluster
