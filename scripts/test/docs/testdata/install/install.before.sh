# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is installed here is not to stay on the machine that has this lab.
for directory in bin lib share; do
	mount -t tmpfs -o mode=0755 tmpfs "/usr/local/$directory"
done
