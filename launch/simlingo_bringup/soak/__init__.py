# SPDX-License-Identifier: Apache-2.0
"""The stack in real time for hours: does anything grow?

samples.py       memory, threads and handles of every process, times of the plans
rotating_log.py  the log of the stack in a few files of limited size
run.py           starts the stack and a recorder, changes routes, samples
verdict.py       what grew
page.py          curves and table
"""
